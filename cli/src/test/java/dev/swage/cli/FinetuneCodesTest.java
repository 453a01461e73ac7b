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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
      int bits, String activations, String method, DType stored) throws IOException {
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
    FinetuneReport.Codes held = report.codes().orElseThrow();
    assertThat(held.plan()).contains("int" + bits + " per-channel");
    assertThat(held.method()).isEqualTo(method);
    assertThat(held.bytes()).isEqualTo(Files.size(out()));
    boolean trained = held.written().equals("trained");
    assertThat(report.after()).isEqualTo(trained ? held.best() : held.untrained());
    assertThat(held.best().loss() < held.untrained().loss()).isEqualTo(trained);
    assertThat(held.why()).contains(trained ? "is better" : "no epoch was better");
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

  /**
   * A net of two layers, which are the first and the last; ONNX Runtime wants codes of 2 bits of
   * the last one, with three columns, in 4 bits.
   */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {"\"\", INT2, INT4", "--first-last 4, INT4, INT4", "--first-last 8, INT8, INT8"})
  void without_codes_of_activations_the_ends_have_the_bits_that_were_said(
      String option, DType first, DType last) {
    String[] options = ("--bits 2 --activations none --epochs 1 " + option).strip().split(" ");
    done("net", out(), options);
    assertThat(codes(OnnxReader.read(out()))).containsExactlyInAnyOrder(first, last);
  }

  /** Scales that a learning rate without measure drives away. */
  @Test
  void a_step_size_that_went_wrong_is_named_with_its_step() throws IOException {
    tuned();
    List<Path> before = all();
    CommandRun run = run("tuned", out(), "--bits", "4", "--lr", "1e30", "--clip", "none");
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.err())
        .hasLineCount(1)
        .containsPattern(
            "^swage: step [0-9]+ \\(epoch [0-9]+\\): the step size of '[^']+'( \\(number [0-9]+\\))? became [-0-9.EaNIfinty]+: lower the learning rate, or clip the quantizers' gradients");
    assertThat(all()).isEqualTo(before);
  }

  private List<Path> all() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--freeze dense1.weight, dense1.weight, lsq",
    "--freeze dense2* --method lsq+, dense2.weight, lsq+",
    "--freeze dense1.weight --activations none, dense1.weight, lsq"
  })
  void a_frozen_weight_has_no_trained_scale(String options, String weight, String method)
      throws IOException {
    List<Path> before = all();
    CommandRun run = run("net", out(), ("--bits 4 " + options).split(" "));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .isEqualToIgnoringNewLines(
            "swage: weight '%s' is frozen, and method %s trains its scale: say method ste or fixed, or name the weights to train instead of those to freeze"
                .formatted(weight, method));
    assertThat(all()).isEqualTo(before);
    done("net", out(), "--bits", "4", "--freeze", weight, "--method", "ste", "--epochs", "1");
  }

  private Path plan(String model, String... options) {
    Path plan = folder.resolve("plan.yaml");
    List<String> args = new ArrayList<>(List.of("plan", "" + files.model(model)));
    args.addAll(List.of(options));
    args.addAll(List.of("-o", "" + plan));
    CommandRun run = CommandRun.of(args.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.err()).isZero();
    return plan;
  }

  /** Weights of the first layer in 2 bits, of the last one in 4, as somebody edited the plan. */
  @Test
  void a_plan_says_which_nodes_become_which_codes() throws IOException {
    tuned();
    Path plan = plan("tuned", "--mode", "weight-only", "--bits", "4");
    Files.writeString(plan, Files.readString(plan).replaceFirst("weight: int4", "weight: int2"));
    CommandRun run = done("tuned", out(), "--plan", "" + plan, "--epochs", "2");
    assertThat(run.out())
        .contains("1 nodes weight-only int2 group 32; 1 nodes weight-only int4 group 32");
    assertThat(codes(OnnxReader.read(out()))).contains(DType.INT2, DType.INT4);
    done("tuned", out(), "--plan", "" + plan, "--bits", "8", "--epochs", "1");
    assertThat(codes(OnnxReader.read(out())))
        .contains(DType.INT8)
        .doesNotContain(DType.INT2, DType.INT4);
  }

  /** With codes of activations, on the ranges of the plan. */
  @Test
  void a_plan_of_ranges_fixed_ahead_is_followed() {
    tuned();
    Path plan =
        plan(
            "tuned",
            "--mode",
            "static",
            "--objective",
            "size",
            "--calibrate",
            files.data("others.csv"));
    CommandRun run = done("tuned", out(), "--plan", "" + plan, "--bits", "3");
    assertThat(run.out()).contains("static int3 per-channel (activations uint8, min-max)");
    assertThat(codes(OnnxReader.read(out()))).containsOnly(DType.INT4);
  }

  @Test
  void a_plan_of_another_model_is_refused() throws IOException {
    Path plan = plan("net", "--mode", "weight-only");
    List<Path> before = all();
    CommandRun run = run("wide", out(), "--plan", "" + plan);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .hasLineCount(1)
        .containsPattern(
            "^swage: .*plan.yaml: the plan was made for .*net.onnx \\(SHA-256 [0-9a-f]{12}…\\), not for .*wide.onnx \\([0-9a-f]{12}…\\): plan again");
    assertThat(all()).isEqualTo(before);
    CommandRun none = run("net", out(), "--plan", "" + folder.resolve("none.yaml"));
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).hasLineCount(1).contains("none.yaml: no such plan");
  }

  /** What quantize wrote is trained on: in the same width from its own codes on, or in another. */
  @ParameterizedTest
  @CsvSource({"4, INT4", "8, INT8"})
  void a_file_that_is_quantized_already_is_trained_on(int bits, DType stored) {
    tuned();
    Path small = files.model("quantized");
    CommandRun quantized =
        CommandRun.of(
            "quantize",
            "" + files.model("tuned"),
            "--mode",
            "static",
            "--objective",
            "size",
            "--calibrate",
            files.data("others.csv"),
            "-o",
            "" + small);
    assertThat(quantized.exitCode()).as(quantized.err()).isZero();
    CommandRun run =
        done("quantized", out(), "--bits", "" + bits, "--first-last", "" + bits, "--epochs", "3");
    assertThat(run.out()).contains("quantized.onnx is quantized already (");
    assertThat(codes(OnnxReader.read(out()))).isNotEmpty().containsOnly(stored);
    // A file in the same codes, with an epoch that ruins it: they are written as they were.
    CommandRun ruined =
        done(
            "quantized",
            files.model("again"),
            "--bits",
            "8",
            "--lr",
            "1000",
            "--epochs",
            "1",
            "--method",
            "fixed");
    assertThat(ruined.out()).contains("no epoch was better than the codes as they were (");
    OnnxReader.read(small)
        .graph()
        .initializers()
        .forEach((name, tensor) -> {
          if (name.endsWith("weight_quantized")) {
            Tensor again = OnnxReader.read(files.model("again")).graph().initializers().get(name);
            assertThat(again.data().mismatch(tensor.data())).as(name).isEqualTo(-1);
          }
        });
  }

  @Test
  void codes_that_cannot_be_floats_again_are_named() throws IOException {
    tuned();
    Path small = files.model("operators");
    CommandRun quantized =
        CommandRun.of(
            "quantize",
            "" + files.model("tuned"),
            "--mode",
            "static",
            "--format",
            "qoperator",
            "--objective",
            "size",
            "--calibrate",
            files.data("others.csv"),
            "-o",
            "" + small);
    assertThat(quantized.exitCode()).as(quantized.err()).isZero();
    List<Path> before = all();
    CommandRun run = run("operators", out(), "--bits", "4");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .hasLineCount(1)
        .contains(
            "works on codes, of which no floats can be made: begin from the model in floats, or from a file in form qdq");
    assertThat(all()).isEqualTo(before);
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
        "--group 32|--first-last and --group belong to --bits",
        "--plan p.yaml --activations uint4|--activations is no option beside --plan, which says what codes each node has: edit it",
        "--plan p.yaml --first-last 8|--first-last is no option beside --plan, which says what codes each node has: edit it",
        "--plan p.yaml --group 32 --bits 4|--group is no option beside --plan, which says what codes each node has: edit it",
        "--plan p.yaml --head 3|--plan is for the model as it is: leave out --head and --weights, or plan the model that has them"
      })
  void what_cannot_be_is_said_before_anything_is_read(String options, String complaint) {
    CommandRun run = run("net", out(), options.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(complaint);
    assertThat(out()).doesNotExist();
  }
}
