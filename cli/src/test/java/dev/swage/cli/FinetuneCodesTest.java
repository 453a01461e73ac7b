package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.report.FinetuneReport;
import dev.swage.report.JsonReports;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code finetune --bits} as a user runs it. */
final class FinetuneCodesTest {
  @TempDir private Path folder;
  private FinetuneFiles files = new FinetuneFiles(Path.of(""));

  @BeforeEach
  void write() throws IOException {
    files = FinetuneFiles.in(folder);
  }

  private Path out() {
    return folder.resolve("small.onnx");
  }

  private CommandRun run(String model, Path to, String... options) {
    List<String> args =
        new ArrayList<>(
            List.of("finetune", "" + files.model(model), "--data", files.data("flowers.csv")));
    args.addAll(List.of(options));
    args.addAll(List.of("-o", "" + to));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private CommandRun done(String model, Path to, String... options) {
    CommandRun run = run(model, to, options);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  /** The model in floats that the tests begin from. */
  private void tuned() {
    done("net", files.model("tuned"), "--lr", "0.01");
  }

  private static List<DType> codes(OnnxModel model) {
    return model.graph().initializers().values().stream()
        .filter(tensor -> tensor.shape().rank() == 2)
        .map(Tensor::dtype)
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "4, uint8, lsq, INT4",
    "2, uint8, lsq, INT2",
    "8, uint8, ste, INT8",
    "4, uint4, lsq+, INT4",
    "3, none, lsq, INT4"
  })
  void weights_become_codes_that_were_trained(
      int bits, String activations, String method, DType stored) {
    tuned();
    CommandRun run =
        done(
            "tuned",
            out(),
            "--bits",
            "" + bits,
            "--activations",
            activations,
            "--method",
            method,
            "--first-last",
            "" + bits,
            "--json",
            "" + folder.resolve("report.json"));
    assertThat(run.out())
        .contains("as it is: loss ")
        .contains("as codes, untrained: loss ")
        .containsPattern(
            "small.onnx: loss [0-9.]+, accuracy [0-9.]+ %, .* samples that were not trained on; in ONNX Runtime loss [0-9.]+, accuracy [0-9.]+ %; [0-9.]+ times the size");
    OnnxModel small = OnnxReader.read(out());
    assertThat(codes(small)).isNotEmpty().containsOnly(stored);
    boolean integers = small.graph().nodes().stream().anyMatch(n -> n.is("QuantizeLinear"));
    assertThat(integers).isEqualTo(!activations.equals("none"));
    assertThat(small.graph().nodes()).extracting(Node::opType).doesNotContain("FakeQuantize");
    FinetuneReport report = JsonReports.read(folder.resolve("report.json"), FinetuneReport.class);
    assertThat(report.model()).isEqualTo("" + out());
    assertThat(
            CommandRun.of(
                    "evaluate",
                    "" + out(),
                    "--data",
                    files.data("others.csv"),
                    "--min-accuracy",
                    "0.8")
                .exitCode())
        .isZero();
  }

  /** A learning rate at which every epoch ends in ruins: the codes untrained are written. */
  @Test
  void no_epoch_is_better_than_the_codes_as_they_were() {
    tuned();
    CommandRun run =
        done("tuned", out(), "--bits", "8", "--lr", "1000", "--epochs", "1", "--method", "ste");
    assertThat(run.out())
        .contains("no epoch was better than the codes as they were (")
        .contains("these are written");
    assertThat(
            CommandRun.of(
                    "evaluate",
                    "" + out(),
                    "--data",
                    files.data("others.csv"),
                    "--min-accuracy",
                    "0.9")
                .exitCode())
        .isZero();
  }

  @Test
  void a_new_head_is_trained_in_floats_first() {
    CommandRun run =
        done("wide", out(), "--head", "3", "--lr", "0.01", "--bits", "4", "--epochs", "10");
    assertThat(run.out()).contains("as codes, untrained: loss ");
    assertThat(codes(OnnxReader.read(out()))).contains(DType.INT8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--bits 9|--bits must be 2 to 8, got 9",
        "--bits 1|--bits must be 2 to 8, got 1",
        "--bits 4 --activations uint3|--activations: unknown 'uint3'; one of [none, uint4, uint5, uint6, uint7, uint8]",
        "--bits 4 --method best|--method: unknown 'best'; one of [fixed, lsq, lsq+, pact, ste]",
        "--bits 4 --first-last 3|--first-last must be 4 to 8, got 3",
        "--bits 4 --group 32|--group: integer kernels take one scale per channel; say --activations none too",
        "--group 32|--first-last and --group belong to --bits"
      })
  void what_cannot_be_is_said_before_anything_is_read(String options, String complaint) {
    CommandRun run = run("net", out(), options.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(complaint);
    assertThat(out()).doesNotExist();
  }
}
