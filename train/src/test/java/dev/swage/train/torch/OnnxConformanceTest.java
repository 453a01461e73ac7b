package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.testkit.SharedData;
import dev.swage.train.torch.ConformanceCase.Result;
import dev.swage.train.torch.ConformanceCase.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ONNX's own tests are the specification of the executor: every one that ONNX Runtime passes is run
 * here, in evaluation mode. What does not pass is named in {@code conformance-exceptions.tsv}, by
 * operator or by test, with its reason; what is named must not pass. The results are written to
 * {@code target/conformance.tsv}.
 *
 * <p>{@code -Dswage.conformance=TEXT} runs only tests whose names or operators contain it, and
 * prints what fails.
 */
final class OnnxConformanceTest {
  private static final String ONLY = System.getProperty("swage.conformance", "");

  @TempDir Path temp;

  @Test
  void every_test_passes_or_is_named_as_an_exception() throws IOException {
    Map<String, String> exceptions = ConformanceExceptions.read();
    List<Result> results = new ArrayList<>();
    try (ZipFile zip = new ZipFile(SharedData.require("conformance/onnx-backend.zip").toFile())) {
      for (ConformanceCase test : cases()) {
        results.add(test.run(zip, temp));
      }
    }
    if (!ONLY.isEmpty()) {
      results.stream()
          .filter(result -> result.status() != Status.PASS)
          .forEach(result -> System.err.println(result.line()));
      return;
    }
    write(results, exceptions);
    assertThat(unexpected(results, exceptions)).isEmpty();
    assertThat(results.stream().filter(result -> result.status() == Status.PASS).count())
        .isGreaterThan(300);
  }

  private static Map<String, String> unexpected(
      List<Result> results, Map<String, String> exceptions) {
    Map<String, String> unexpected = new TreeMap<>();
    for (Result result : results) {
      boolean named = ConformanceExceptions.names(exceptions, result.test());
      if (named == (result.status() == Status.PASS)) {
        unexpected.put(result.test().name(), named ? "passes, but is named" : result.line());
      }
    }
    return unexpected;
  }

  private static void write(List<Result> results, Map<String, String> exceptions) {
    List<String> lines = new ArrayList<>(List.of("kind\ttest\toperators\tresult\treason"));
    results.forEach(result ->
        lines.add(
            ConformanceExceptions.reason(exceptions, result.test())
                .map(result::because)
                .orElse(result)
                .line()));
    try {
      Files.createDirectories(Path.of("target"));
      Files.write(Path.of("target", "conformance.tsv"), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<ConformanceCase> cases() throws IOException {
    List<ConformanceCase> cases = new ArrayList<>();
    for (String line : Files.readAllLines(SharedData.require("conformance/index.tsv"))) {
      ConformanceCase.of(line)
          .filter(test -> (test.name() + " " + test.operators()).contains(ONLY))
          .ifPresent(cases::add);
    }
    return cases;
  }
}
