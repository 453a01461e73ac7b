package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swage.cli.console.ExitCode;
import dev.swage.run.limit.RunLimits;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that strangers made wrong, or asking for too much, in every command. */
class HostileCasesTest {
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** Refused by every command, since they are read by none. */
  private static final Set<String> REFUSED =
      Set.of(
          "const_no_output",
          "cycle",
          "dims_2p40",
          "dims_overflow",
          "dup_init",
          "dup_output",
          "ext_abs",
          "ext_const_abs",
          "ext_devzero",
          "ext_dir",
          "ext_dotdot",
          "ext_fifo",
          "ext_itself",
          "ext_lenmax",
          "ext_link",
          "ext_loop",
          "ext_missing",
          "ext_nul",
          "ext_offbeyond",
          "ext_offneg",
          "ext_sparse_abs",
          "ext_tensors_up",
          "function_recursive",
          "int4_odd",
          "names_evil_bad",
          "relu_no_output");

  /** Sound, and quantized with a proof. */
  private static final Set<String> PROVEN =
      Set.of(
          "collide_512",
          "ext_const_in",
          "ext_function_in",
          "ext_ok",
          "input_is_output",
          "meta_evil",
          "names_evil",
          "ok",
          "output_twice",
          "valueinfo_overflow_opset7",
          "w_denormal",
          "w_equal",
          "w_zero");

  /** Written without a run that takes too much. */
  private static final Map<String, String> NOT_RUN =
      Map.of(
          "loop_endless", "a run takes longer than the 1 s that one may",
          "concat_doubling", "bytes of memory or more, above the",
          "pad_huge", "it wants more memory than there is",
          "input_1G", "the input takes 1,073,741,824 bytes",
          "input_31", "the input takes 68,719,476,992 bytes");

  private static final List<String> LIMITS =
      List.of("--run-seconds", "1", "--run-memory", "512MiB");

  @TempDir private Path folder;

  /** How a command ended. */
  private record Result(int exitCode, String text) {}

  @AfterEach
  void limitsAreAsBefore() {
    RunLimits.set(RunLimits.defaults());
  }

  static Stream<String> models() {
    return names("", ".onnx");
  }

  static Stream<String> recipes() {
    return names("yaml", ".yaml");
  }

  /** One name that does not exist where the files are not at hand, so that the test can say so. */
  private static Stream<String> names(String inner, String ending) {
    Optional<Path> cases = SharedData.find("../cases/hostile/" + inner);
    if (cases.isEmpty()) {
      return Stream.of("none");
    }
    try (Stream<Path> files = Files.list(cases.get())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .map(name -> name.substring(0, name.length() - ending.length()))
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path model(String name) throws IOException, InterruptedException {
    Path from = SharedData.require("../cases/hostile/" + name + ".onnx");
    Path models = Files.createDirectory(folder.resolve("models"));
    Files.copy(from.resolveSibling("w.bin"), models.resolve("w.bin"));
    Files.writeString(folder.resolve("outside"), "0".repeat(256));
    if (name.startsWith("ext_")) {
      Files.createSymbolicLink(models.resolve("link"), folder.resolve("outside"));
      Files.createSymbolicLink(models.resolve("loop"), Path.of("loop"));
      Process fifo = new ProcessBuilder("mkfifo", models.resolve("fifo").toString()).start();
      assumeTrue(fifo.waitFor() == 0, "no mkfifo here");
    }
    return Files.copy(from, models.resolve(name + ".onnx"));
  }

  private static Result swage(List<String> args) throws InterruptedException, ExecutionException {
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text);
    FutureTask<Integer> task =
        new FutureTask<>(() ->
            Main.run(
                Main.commandLine().setOut(writer).setErr(writer), args.toArray(String[]::new)));
    Thread thread = new Thread(task, "swage");
    thread.setDaemon(true);
    thread.start();
    try {
      return new Result(task.get(LONGEST.toSeconds(), TimeUnit.SECONDS), text.toString());
    } catch (TimeoutException e) {
      throw new AssertionError(args + " hangs at " + Arrays.toString(thread.getStackTrace()), e);
    }
  }

  private Path output() {
    return folder.resolve("out").resolve("small.onnx");
  }

  private Map<String, List<String>> commands(Path model) {
    String file = model.toString();
    List<String> quantize = List.of("quantize", file, "-o", output().toString());
    List<String> data = List.of("--data", "random:1x8?n=4");
    List<String> limited = joined(quantize, LIMITS);
    List<String> size = joined(limited, List.of("--objective", "size"));
    Map<String, List<String>> commands = new TreeMap<>();
    commands.put("inspect", List.of("inspect", file));
    commands.put("plan", List.of("plan", file));
    commands.put("unproven", joined(quantize, List.of("--no-verify")));
    commands.put("weights", limited);
    commands.put("dynamic", joined(size, List.of("--mode", "dynamic")));
    commands.put("static", joined(size, List.of("--calibrate", "random:1x8?n=4")));
    commands.put("compare", joined(List.of("compare", file, file), joined(data, LIMITS)));
    commands.put("evaluate", joined(List.of("evaluate", file), joined(data, LIMITS)));
    return commands;
  }

  private static List<String> joined(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyCommandEndsWithALineOfItsOwn(String name) throws Exception {
    Path model = model(name);
    byte[] before = Files.readAllBytes(model);
    Files.createDirectory(folder.resolve("out"));
    Map<String, Result> results = new TreeMap<>();
    for (Map.Entry<String, List<String>> command : commands(model).entrySet()) {
      Result result = swage(command.getValue());
      results.put(command.getKey(), result);
      requireLine(command.getKey(), result, model.getFileName().toString());
      clear(result);
    }
    assertThat(Files.readAllBytes(model)).isEqualTo(before);
    assertThat(Files.readAllBytes(model.resolveSibling("w.bin"))).hasSize(256);
    requireRow(name, results);
  }

  private static void requireLine(String command, Result result, String file) {
    String text = result.text();
    assertThat(result.exitCode()).as(command + ": " + text).isIn(0, 1);
    requireSafe(text);
    if (result.exitCode() == 1) {
      List<String> errors = text.lines().filter(line -> line.startsWith("swage: ")).toList();
      assertThat(errors.getLast()).as(command).containsAnyOf(file, "small.onnx");
    }
  }

  private static void requireSafe(String text) {
    assertThat(text).doesNotContain("internal error", "\tat ", "NaN from those");
    assertThat(text.chars().filter(c -> c != '\n').filter(HostileCasesTest::isUnsafe).toArray())
        .as(text)
        .isEmpty();
    assertThat(text.lines().mapToInt(String::length).max().orElse(0)).isLessThan(6000);
  }

  private static boolean isUnsafe(int c) {
    int type = Character.getType(c);
    return type == Character.CONTROL || (type == Character.FORMAT && c != 0x200d);
  }

  /** Nothing but a finished output stays. */
  private void clear(Result result) throws IOException {
    List<Path> left = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      files.forEach(left::add);
    }
    if (result.exitCode() != 0) {
      assertThat(left).as(result.text()).isEmpty();
    }
    for (Path file : left) {
      assertThat(file).isEqualTo(output());
      Files.delete(file);
    }
  }

  private static void requireRow(String name, Map<String, Result> results) {
    if (REFUSED.contains(name)) {
      results.forEach((command, result) ->
          assertThat(result.exitCode()).as(command + ": " + result.text()).isEqualTo(1));
    }
    String weights = String.valueOf(results.get("weights"));
    if (PROVEN.contains(name)) {
      assertThat(weights).contains("exitCode=0", "outputs are those of the codes");
    }
    if (NOT_RUN.containsKey(name)) {
      assertThat(weights).contains("exitCode=0", "not run: ", NOT_RUN.get(name));
    }
    if (name.equals("w_nan") || name.equals("w_inf")) {
      assertThat(weights).contains("exitCode=1", name.equals("w_nan") ? "NaN" : "Infinity");
    }
    if (name.equals("w_max")) {
      assertThat(weights).contains("exitCode=1", "small.onnx: output 'y'", "infinit");
    }
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyRecipeIsRefusedByLineOrHarmless(String name) throws Exception {
    Path recipe = SharedData.require("../cases/hostile/yaml/" + name + ".yaml");
    Path out = folder.resolve("out");
    Result result = swage(List.of("train", recipe.toString(), "--out", out.toString()));
    requireSafe(result.text());
    if (name.equals("title_html")) {
      assertThat(result.exitCode()).as(result.text()).isZero();
      String page = Files.readString(out.resolve("report.html"));
      assertThat(page).doesNotContain("<script>alert", "<img src=x", "\u001b");
    } else {
      assertThat(result.exitCode()).as(result.text()).isEqualTo(ExitCode.USAGE);
      assertThat(result.text()).containsPattern(name + "\\.yaml:[0-9]+");
      assertThat(result.text().strip().lines()).hasSize(1);
      assertThat(out).doesNotExist();
    }
  }

  /** External data are copied in wherever they lie, so that the output stands alone. */
  @Test
  void outputsStandAlone() throws Exception {
    Files.createDirectory(folder.resolve("out"));
    for (String name : List.of("ext_function_in", "ext_sparse_in", "ext_tensors_in")) {
      Path model = model(name);
      Result result = swage(commands(model).getOrDefault("unproven", List.of()));
      assertThat(result.exitCode()).as(result.text()).isZero();
      String bytes = Files.readString(output(), StandardCharsets.ISO_8859_1);
      assertThat(bytes).as(name).doesNotContain("w.bin");
      Files.delete(output());
      try (Stream<Path> files = Files.list(folder.resolve("models"))) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder.resolve("models"));
      Files.delete(folder.resolve("outside"));
    }
  }
}
