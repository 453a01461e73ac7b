package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.report.JsonReports;
import dev.swage.report.RunReport;
import dev.swage.report.TrainingReport;
import dev.swage.report.WeightRanges;
import dev.swage.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A recipe that trains its network through codes, as a user runs it. */
final class RecipeCodesTest {
  private static final String RECIPE =
      """
      name: small
      seed: 3
      data:
        train: "moons:?n=640"
        test: "moons:?n=100&split=test"
      model:
        input: [2]
        layers:
          - dense: 10
          - batch-norm
          - relu
          - dense: 6
          - relu
          - dense: 2
      train:
        loss: cross-entropy-logits
        optimizer: {adamw: {lr: 0.01}}
        batch: 32
        epochs: 3
        clip: {norm: 0.5}
      quantize:
        weights: int4
        stages: [int8]
        epochs: 2
        first-last: int4
      checkpoint: {every: 7, keep: 3}
      ship: [float32, int8]
      """;

  @TempDir private Path folder;

  private CommandRun train(String... more) throws IOException {
    CommandRun run = run(more);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  private CommandRun run(String... more) throws IOException {
    Path recipe = folder.resolve("small.yaml");
    Files.writeString(recipe, RECIPE);
    String[] args =
        Stream.concat(
                Stream.of("train", "" + recipe, "--out", "" + folder.resolve("out")),
                Stream.of(more))
            .toArray(String[]::new);
    return CommandRun.of(args);
  }

  private Path out(String name) {
    return folder.resolve("out").resolve(name);
  }

  @Test
  void codes_untrained_and_trained_stand_beside_the_floats() throws IOException {
    CommandRun run = train();
    assertThat(run.out())
        .contains("w4a8: ")
        .containsPattern("float32 +[0-9,]+")
        .containsPattern("int8 +[0-9,]+")
        .containsPattern("w4a8-untrained +[0-9,]+")
        .containsPattern("w4a8 +[0-9,]+");
    for (String name : List.of("model.w4a8.onnx", "model.w4a8-untrained.onnx")) {
      assertThat(OnnxReader.read(out(name)).graph().initializers().values())
          .anyMatch(tensor -> tensor.dtype() == DType.INT4);
    }
    assertThat(out("quantize-1/history.jsonl")).content().contains("\"quantizerShare\":");
    assertThat(out("quantize-2/history.jsonl")).content().contains("\"flips\":");
    assertThat(out("history.jsonl")).content().doesNotContain("quantizerShare");
  }

  /** Everything that may happen over the steps of a stage of 40. */
  private static final String[] SCHEDULED = {
    "--set", "quantize.start=9",
    "--set", "quantize.freeze={observer: 30, batch-norm: 20}",
    "--set", "quantize.oscillation={damp: 0.1, freeze: 0.005}",
    "--set", "quantize.distill={temperature: 2, weight: 0.5}"
  };

  static Stream<Arguments> killed() {
    return Stream.of("checkpoint", "quantize-1/checkpoint", "quantize-2/checkpoint")
        .flatMap(
            stage -> Stream.of(Arguments.of(stage, new String[0]), Arguments.of(stage, SCHEDULED)));
  }

  /** What a run that was killed there leaves: checkpoints up to some step, and no later file. */
  @ParameterizedTest
  @MethodSource("killed")
  void a_run_that_was_killed_at_any_stage_ends_in_the_same_bits(String stage, String[] settings)
      throws IOException {
    train(settings);
    byte[] expected = Files.readAllBytes(out("model.w4a8.onnx"));
    for (String later : List.of("checkpoint", "quantize-1", "quantize-2")) {
      if (later.compareTo(stage) > 0) {
        delete(out(later));
      }
    }
    try (Stream<Path> all = Files.list(out(stage))) {
      all.filter(Files::isDirectory)
          .sorted(Comparator.reverseOrder())
          .limit(1)
          .forEach(RecipeCodesTest::delete);
    }
    Files.delete(out("model.w4a8.onnx"));
    CommandRun resumed =
        train(Stream.concat(Stream.of(settings), Stream.of("--resume")).toArray(String[]::new));
    assertThat(resumed.out()).contains("resuming after step ");
    assertThat(Files.readAllBytes(out("model.w4a8.onnx"))).isEqualTo(expected);
  }

  /** Said before the network is trained in floats: nothing of it is there. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "quantize.clip={groups: [{name: a, match: [dense9.*], clip: none}], rest: none} | clip group 'a': no parameter matches 'dense9.*'; nearest: ",
        "quantize.range={groups: [{name: a, match: [dense9.*], kure: {}}]} | range group 'a': no parameter matches 'dense9.*'; nearest: ",
        "quantize.clip={groups: [{name: a, roles: [embedding], clip: none}], rest: none} | clip group 'a': no parameter has the role embedding",
      })
  void what_cannot_be_trained_through_codes_is_said_first(String override, String complaint)
      throws IOException {
    Path recipe = folder.resolve("small.yaml");
    Files.writeString(recipe, RECIPE);
    CommandRun run =
        CommandRun.of("train", "" + recipe, "--out", "" + folder.resolve("out"), "--set", override);
    assertThat(run.err()).startsWith("swage: ").contains(complaint).hasLineCount(1);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(out("history.jsonl")).doesNotExist();
    assertThat(out("model.onnx")).doesNotExist();
  }

  private CommandRun withPlan(String plan, String... more) throws IOException {
    Path recipe = folder.resolve("planned.yaml");
    Files.writeString(
        recipe,
        RECIPE.replaceFirst(
            "(?s)quantize:.*?checkpoint",
            "quantize: {plan: \"" + plan + "\", stages: [int8]}\ncheckpoint"));
    String[] args =
        Stream.concat(
                Stream.of("train", "" + recipe, "--out", "" + folder.resolve("planned")),
                Stream.of(more))
            .toArray(String[]::new);
    return CommandRun.of(args);
  }

  private Path plan(Path model, String... options) {
    Path plan = folder.resolve("plan.yaml");
    String[] args =
        Stream.concat(
                Stream.of("plan", "" + model, "-o", "" + plan, "--objective", "size"),
                Stream.of(options))
            .toArray(String[]::new);
    CommandRun run = CommandRun.of(args);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return plan;
  }

  /** Of an earlier run's network, whose weights are others since. */
  @Test
  void a_plan_says_which_nodes_become_which_codes() throws IOException {
    train();
    Path plan = plan(out("model.onnx"), "--mode", "static", "--calibrate", "moons:?n=64");
    String text = Files.readString(plan);
    assertThat(text).contains("quantize: static, weight: int8 per-channel");
    Files.writeString(
        plan, text.replaceFirst("weight: int8", "weight: int3").replace("uint8", "uint6"));
    CommandRun run = withPlan("" + plan);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).containsPattern("w3a6-untrained +[0-9,]+").contains("int3 per-channel");
    assertThat(OnnxReader.read(folder.resolve("planned/model.w3a6.onnx")).graph().initializers())
        .anySatisfy((name, tensor) -> assertThat(tensor.dtype()).isEqualTo(DType.INT4));
  }

  @Test
  void a_plan_that_does_not_fit_is_refused_before_training() throws IOException {
    Path net = folder.resolve("other.onnx");
    OnnxWriter.write(Network.input("x", 2).dense(6).relu().dense(2).seed(1).build(), net);
    Path plan = plan(net, "--mode", "weight-only");
    CommandRun run = withPlan("" + plan);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .hasLineCount(1)
        .contains(plan + ": the plan names node 'dense1.add', which the prepared network lacks; ");
    assertThat(folder.resolve("planned/history.jsonl")).doesNotExist();
    CommandRun both = withPlan("" + plan, "--set", "quantize.weights=int4");
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(both.err())
        .hasLineCount(1)
        .contains("'quantize.weights' contradicts 'quantize.plan': give one of them");
    CommandRun wider = withPlan("" + plan, "--set", "quantize.stages=[int6]");
    assertThat(wider.exitCode()).isEqualTo(2);
    assertThat(wider.err()).hasLineCount(1).contains("a stage has at most the bits of the one");
  }

  /** No weight is beyond the limit, and the report tells so of each stage. */
  @Test
  void weights_are_kept_together_while_they_are_trained_through_codes() throws IOException {
    train("--set", "quantize.range={weight-clip: {absolute: 0.25}}");
    TrainingReport report = JsonReports.read(out("report.json"), TrainingReport.class);
    RunReport run = report.runs().getFirst();
    assertThat(run.ranges()).isPresent();
    assertThat(run.stages()).extracting(RunReport.Stage::stage).containsExactly("8 bits", "4 bits");
    for (RunReport.Stage stage : run.stages()) {
      assertThat(stage.ranges().weights())
          .extracting(WeightRanges.Weight::name)
          .contains("dense1.weight", "dense2.weight", "dense3.weight");
      assertThat(stage.ranges().weights())
          .allSatisfy(weight -> assertThat(weight.last().limit()).isEqualTo(0.25));
    }
    assertThat(run.ranges().orElseThrow().weights())
        .allSatisfy(weight -> assertThat(weight.control()).isEqualTo("none"));
    assertThat(out("report.html"))
        .content()
        .contains("From clipping to quantization: 8 bits", "From clipping to quantization: 4 bits");
  }

  /** Of a weight that is not trained, in floats or through codes. */
  @ParameterizedTest
  @ValueSource(strings = {"train", "quantize"})
  void range_control_of_a_frozen_weight_is_refused(String part) throws IOException {
    Path net = folder.resolve("net.onnx");
    OnnxWriter.write(Network.input("x", 2).dense(6).relu().dense(2).seed(1).build(), net);
    Path recipe = folder.resolve("further.yaml");
    Files.writeString(
        recipe,
        RECIPE.replaceAll(
            "(?s)model:.*?train:\n",
            "model: {onnx: \"" + net + "\", freeze: [dense1.weight]}\ntrain:\n"));
    CommandRun run =
        CommandRun.of(
            "train",
            "" + recipe,
            "--out",
            "" + folder.resolve("out"),
            "--set",
            "quantize.method=ste",
            "--set",
            part + ".range={groups: [{name: a, match: [dense1.weight], kure: {}}]}");
    assertThat(run.err())
        .isEqualToIgnoringNewLines(
            "swage: range group 'a': weight 'dense1.weight' is not trained; train it, or leave 'dense1.weight' out");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(out("history.jsonl")).doesNotExist();
  }

  /** Of a file that is trained further. */
  @Test
  void a_frozen_weight_has_no_trained_scale() throws IOException {
    Path net = folder.resolve("net.onnx");
    OnnxWriter.write(Network.input("x", 2).dense(6).relu().dense(2).seed(1).build(), net);
    Path recipe = folder.resolve("further.yaml");
    Files.writeString(
        recipe,
        RECIPE.replaceAll(
            "(?s)model:.*?train:\n",
            "model: {onnx: \"" + net + "\", freeze: [dense1.weight]}\ntrain:\n"));
    CommandRun run = CommandRun.of("train", "" + recipe, "--out", "" + folder.resolve("out"));
    assertThat(run.err())
        .hasLineCount(1)
        .contains("weight 'dense1.weight' is frozen, and method lsq trains its scale: ");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(out("history.jsonl")).doesNotExist();
  }

  @Test
  void what_happens_over_the_steps_is_told() throws IOException {
    CommandRun run = train(SCHEDULED);
    assertThat(run.out() + run.err())
        .contains(
            "batch norm is folded into the layers before it already: there are no running statistics to freeze");
    assertThat(out("quantize-1/history.jsonl")).content().doesNotContain("\"frozen\":");
    assertThat(out("quantize-2/history.jsonl")).content().contains("\"frozen\":");
    List<String> first = Files.readAllLines(out("quantize-1/history.jsonl"));
    assertThat(step(first, 0)).contains("\"quantizerShare\":0.0,").doesNotContain("flips");
    assertThat(step(first, 25)).doesNotContain("\"quantizerShare\":0.0,").contains("flips");
    assertThat(step(first, 30)).contains("\"quantizerShare\":0.0,");
  }

  private static String step(List<String> history, int number) {
    return history.stream()
        .filter(line -> line.contains("\"step\":" + number + ","))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void codes_that_would_start_too_late_are_refused_before_any_training() throws IOException {
    CommandRun run = run("--set", "quantize.start=40");
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err())
        .contains(
            "small: quantize.start is step 40, and the first stage has the steps 0 to 39; start earlier, or train for more epochs");
    assertThat(out("history.jsonl")).doesNotExist();
  }

  @Test
  void floats_are_not_trained_again_when_only_the_codes_change() throws IOException {
    train();
    String[] other = {"--resume", "--set", "quantize.method=ste", "--set", "ship=[float32]"};
    CommandRun refused = run(other);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .contains("quantize.method: absent → ste; change it back, or move " + out("quantize-1"));
    delete(out("quantize-1"));
    delete(out("quantize-2"));
    CommandRun resumed = train(other);
    assertThat(resumed.out()).contains("training is finished").doesNotContain("model.int8.onnx");
    byte[] codes = Files.readAllBytes(out("model.w4a8.onnx"));
    delete(out(""));
    train("--set", "quantize.method=ste", "--set", "ship=[float32]");
    assertThat(Files.readAllBytes(out("model.w4a8.onnx"))).isEqualTo(codes);
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(path -> {
            try {
              Files.delete(path);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
