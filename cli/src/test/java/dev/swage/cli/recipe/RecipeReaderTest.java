package dev.swage.cli.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.data.yaml.YamlException;
import dev.swage.quant.RangeEstimator;
import dev.swage.train.Sgd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeReaderTest {
  private static final String RECIPE =
      """
      name: tiny
      seed: 3
      data:
        train: "moons:?n=80"
        test: "moons:?n=20&split=test"
      model:
        input: [2]
        layers:
          - dense: 10
          - relu
          - dense: {units: 1, bias: false}
          - sigmoid
      train:
        loss: binary-cross-entropy
        optimizer: {sgd: {lr: 0.01, momentum: 0.9}}
        batch: 32
        epochs: 5
        clip: {norm: 0.5}
      """;

  @TempDir Path folder;

  private Recipe read(String text, String... overrides) throws IOException {
    Path file = folder.resolve("tiny.yaml");
    Files.writeString(file, text);
    return RecipeReader.read(file, List.of(overrides));
  }

  private void assertComplaint(String text, String complaint) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(YamlException.class)
        .hasMessage(complaint.replace("FILE", folder.resolve("tiny.yaml").toString()));
  }

  @Test
  void repeatedLayersHaveWeightsOfTheirOwn() throws IOException {
    String repeated =
        RECIPE.replace(
            "    - dense: 10\n", "    - repeat: {times: 3, layers: [{residual: [{dense: 2}]}]}\n");
    assertThat(read(repeated).model().graph().initializers().keySet())
        .contains("dense1.weight", "dense2.weight", "dense3.weight", "dense4.weight")
        .doesNotContain("dense5.weight");
  }

  @Test
  void aWrongPartOfAnOverrideNamesTheOverride() {
    for (String override : List.of("train.clip={norm: 0}", "train.clip={groups: []}")) {
      assertThatThrownBy(() -> read(RECIPE, override))
          .isInstanceOf(YamlException.class)
          .hasMessageStartingWith("--set " + override + ": ");
    }
  }

  @Test
  void everyPartIsRead() throws IOException {
    Recipe recipe = read(RECIPE);

    assertThat(recipe.name()).isEqualTo("tiny");
    assertThat(recipe.title()).isEqualTo("tiny");
    assertThat(recipe.seed()).isEqualTo(3);
    assertThat(recipe.data().train()).isEqualTo("moons:?n=80");
    assertThat(recipe.training().optimizer()).isEqualTo(new Sgd(0.01, 0.9, false, 0));
    assertThat(recipe.training().batch()).isEqualTo(32);
    assertThat(recipe.training().accumulate()).isEqualTo(1);
    assertThat(recipe.ship()).extracting(Shipment::name).containsExactly("float32", "int8", "int4");
    assertThat(recipe.model().graph().initializers().keySet())
        .containsExactlyInAnyOrder("dense1.weight", "dense1.bias", "dense2.weight");
  }

  @Test
  void sameSeedGivesSameWeights() throws IOException {
    float[] once = read(RECIPE).model().graph().initializers().get("dense1.weight").toFloats();
    float[] again = read(RECIPE).model().graph().initializers().get("dense1.weight").toFloats();
    float[] other =
        read(RECIPE, "seed=4").model().graph().initializers().get("dense1.weight").toFloats();

    assertThat(again).isEqualTo(once);
    assertThat(other).isNotEqualTo(once);
  }

  @Test
  void overridesLieOverTheFile() throws IOException {
    Recipe recipe =
        read(
            RECIPE, "train.epochs=7", "ship=[float32, int8]", "train.optimizer={adamw: {lr: 0.1}}");

    assertThat(recipe.training().epochs()).isEqualTo(7);
    assertThat(recipe.ship()).hasSize(2);
    assertThat(recipe.training().optimizer().learningRate()).isEqualTo(0.1);
    assertThat(recipe.source()).contains("# --set train.epochs=7");
  }

  @Test
  void filesOfEachWidthAreShipped() throws IOException {
    Recipe recipe =
        read(RECIPE, "ship=[float32, int2, int6, {int3: {per-tensor: true, range: min-max}}]");
    assertThat(recipe.ship())
        .extracting(Shipment::name)
        .containsExactly("float32", "int2", "int6", "int3");
    assertThat(recipe.ship().get(1).weights()).hasValue(WeightOptions.of(2));
    assertThat(recipe.ship().get(2).weights()).hasValue(WeightOptions.int8().withBits(6));
    assertThat(recipe.ship().get(3).weights().orElseThrow())
        .isEqualTo(
            WeightOptions.of(3)
                .withGrouping(WeightGrouping.perTensor())
                .withRange(RangeEstimator.minMax()));
  }

  @Test
  void noneIsAValueToCompareWith() throws IOException {
    Recipe recipe = read(RECIPE, "quantize=none", "train.range=none");
    assertThat(recipe.codes()).isEmpty();
    assertThat(recipe.training().range()).isEmpty();
  }

  @Test
  void codesShareAScaleInOneWay() throws IOException {
    Codes codes =
        read(RECIPE, "quantize={weights: int3, activations: none, per-tensor: true}")
            .codes()
            .orElseThrow();
    assertThat(codes.last().weights().grouping()).isEqualTo(WeightGrouping.perTensor());
    assertThatThrownBy(() ->
            read(
                RECIPE, "quantize={weights: int3, activations: none, group: 32, per-tensor: true}"))
        .hasMessageContaining(
            "quantize.group: group and per-tensor are two ways of sharing scales");
  }

  @Test
  void trainingThroughCodes() throws IOException {
    Codes codes =
        read(
                RECIPE,
                "quantize={weights: int2, stages: [int8, int4], activations: uint4, epochs: 3}")
            .codes()
            .orElseThrow();

    assertThat(codes.name()).isEqualTo("w2a4");
    assertThat(codes.untrained()).isEqualTo("w2a4-untrained");
    assertThat(codes.epochs()).isEqualTo(3);
    assertThat(codes.stages()).extracting(stage -> stage.weights().bits()).containsExactly(8, 4, 2);
    assertThat(codes.last().endBits()).isEqualTo(8);
    assertThat(
            read(RECIPE, "quantize={weights: int8, activations: none}")
                .codes()
                .orElseThrow()
                .name())
        .isEqualTo("w8a32");
  }

  @Test
  void codesThatCannotBe() {
    assertThatThrownBy(() -> read(RECIPE, "quantize={weights: int4, stages: [int8, int3]}"))
        .hasMessageContaining(
            "a stage has at most the bits of the one before it and at least those");
    assertThatThrownBy(() -> read(RECIPE, "quantize={weights: int4, stages: [int6, int7]}"))
        .hasMessageContaining("int7 after int6, to int4");
    assertThatThrownBy(() -> read(RECIPE, "quantize={weights: int9}")).hasMessageContaining("int9");
    assertThatThrownBy(() -> read(RECIPE, "quantize={weights: int4, first-last: int3}"))
        .hasMessageContaining(
            "quantize.first-last: int3 has fewer bits than weights, int4: the first and last layer lose most");
    assertThatThrownBy(() -> read(RECIPE, "quantize={weights: int4, activations: uint3}"))
        .hasMessageContaining("uint3");
    assertThatThrownBy(() -> read(RECIPE, "quantize={weights: int4, group: 32}"))
        .hasMessageContaining(
            "integer kernels take one scale per channel; say activations: none too");
    assertThatThrownBy(() -> read(RECIPE, "quantize={weights: int4, method: best}"))
        .hasMessageContaining("best");
  }

  @Test
  void overridesAreNamedInComplaints() {
    assertThatThrownBy(() -> read(RECIPE, "train.epoch=7"))
        .hasMessageStartingWith(
            "--set train.epoch=7: unknown key 'epoch' in train; did you mean 'epochs'?");
    assertThatThrownBy(() -> read(RECIPE, "train.epochs=some"))
        .hasMessage(
            "--set train.epochs=some: train.epochs must be a whole number of at least 1, got 'some'");
    assertThatThrownBy(() -> read(RECIPE, "epochs"))
        .hasMessage("--set epochs: expected key=value, as in --set train.epochs=3");
  }

  @Test
  void unknownKeyIsNamedWithItsLineAndTheNearest() {
    assertThatThrownBy(() -> read(RECIPE.replace("  epochs: 5", "  epoch: 5")))
        .hasMessageStartingWith(
            folder.resolve("tiny.yaml")
                + ":17: unknown key 'epoch' in train; did you mean 'epochs'?");
  }

  @Test
  void contradictionIsNamed() {
    assertComplaint(
        RECIPE.replace("{norm: 0.5}", "{norm: 0.5, value: 1}"),
        "FILE:18: 'train.clip.value' contradicts 'train.clip.norm': give one of them");
  }

  @Test
  void missingKeyIsNamed() {
    assertComplaint(
        RECIPE.replace("  batch: 32\n", ""), "FILE:13: key 'batch' is missing in train");
  }

  @Test
  void doubledKeyIsNamed() {
    assertComplaint(RECIPE + "seed: 4\n", "FILE:19: key 'seed' stands twice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1"})
  void thresholdMustBePositive(String threshold) {
    assertThatThrownBy(() -> read(RECIPE.replace("norm: 0.5", "norm: " + threshold)))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith(folder.resolve("tiny.yaml") + ":18: train.clip.norm: ")
        .hasMessageContaining("got " + threshold)
        .hasMessageEndingWith("write clip: none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "- relu       | - rleu          | FILE:10: unknown layer 'rleu'; did you mean 'relu'?",
        "- relu       | - relu: 1       | FILE:10: layer 'relu' takes no value",
        "- dense: 10  | - dense         | FILE:9: layer 'dense' needs a value, as in 'dense: …'",
        "- dense: 10  | - dense: ten    | FILE:9: model.layers.dense must be a whole number of at least 1, got 'ten'",
        "- dense: 10  | - conv2d: {filters: 1, kernel: 3} | FILE:9: conv1: ",
      })
  void layersAreNamed(String original, String replacement, String complaint) {
    assertThatThrownBy(() -> read(RECIPE.replace(original, replacement)))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith(complaint.replace("FILE", folder.resolve("tiny.yaml").toString()));
  }

  @Test
  void floatFileIsRequired() {
    assertComplaint(
        RECIPE + "ship: [int8]\n",
        "FILE:19: ship needs 'float32': the other files are measured against it");
  }

  @Test
  void scalesAreSharedInOneWay() {
    assertComplaint(
        RECIPE + "ship: [float32, {int4: {group: 32, per-tensor: true}}]\n",
        "FILE:19: ship: group and per-tensor are two ways of sharing scales: say one");
  }

  @Test
  void brokenYamlIsNamedWithItsLine() {
    assertThatThrownBy(() -> read("name: [tiny\nseed: 3\n"))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith(folder.resolve("tiny.yaml") + ":2:5: not valid YAML: ");
  }

  @Test
  void absentFileIsNamed() {
    assertThatThrownBy(() -> RecipeReader.read(Path.of("no-such.yaml"), List.of()))
        .hasMessage("no-such.yaml: no such recipe");
  }

  @ParameterizedTest
  @ValueSource(strings = {"moons", "glyphs", "mnist-cnn", "banknote"})
  void recipesThatComeWithSwageAreRead(String name) {
    assertThat(RecipeReader.builtIn(name, List.of()).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none",
        "{norm: 1.0, order: 1, scope: layer}",
        "{norm: 1.0, order: inf, scope: tensor, non-finite: zero}",
        "{value: 0.5, non-finite: {skip: 3}}",
        "{value: [-1, 0.5], non-finite: throw}",
        "{norm: {linear: {from: 1, to: 0.1, steps: 100}}}",
        "{norm: {cosine: {from: 1, to: 0.1, steps: 100}}}",
        "{norm: {step: {from: 1, every: 10, factor: 0.5, floor: 0.1}}}",
        "{norm: {exponential: {from: 1, factor: 0.99, floor: 0.1}}}",
        "{norm: {warm-up: {to: 1}}}",
        "{norm: {tied-to-lr: {warm-up: {to: 1, factor: 5, steps: 10}}}, order: 2.5, scope: group}",
        "{value: {linear: {from: 1, to: 0.1, steps: 100}}}",
        "{block-rms: 1}",
        "{smooth: {tied-to-lr: 1}}",
        "agc",
        "{agc: 0.02}",
        "{agc: {lambda: 0.02, epsilon: 0.01, head: true}}",
        "autoclip",
        "{autoclip: {percentile: 25, window: 100}, non-finite: {skip: 2}}",
        "{median: {factor: 3, period: 50}}",
        "{zclip: {z: 3, decay: 0.9, warm-up: 10, cap: 5, floor: 0.1}}",
        "{adagc: {relative: 1.1, absolute: 2, decay: 0.9, warm-up: 10}}",
        "{spikes: {factor: 1000, off: 10}}",
        "{quantile: {quantile: 0.8, rate: 0.1, initial: 2, min: 0.1, max: 10}}",
        "{chain: [{norm: 1}, {value: 0.1}, median]}",
        "{groups: [{name: biases, roles: [bias], clip: {norm: 0.1}}, {name: first, match: ['dense1.w*'], clip: zclip}], rest: {norm: 1}}",
      })
  void everyFormOfClippingIsRead(String clip) throws IOException {
    assertThat(read(RECIPE.replace("{norm: 0.5}", clip)).training().clipper()).isNotNull();
  }

  @Test
  void recurrentLayersAreReadWithTheirSettings() throws IOException {
    String layers =
        """
          input: {tokens: 12}
          carry-states: true
          layers:
            - embedding: {vocabulary: 30, width: 8}
            - lstm: {hidden: 16, forget-bias: 2, recurrent-init: {sparse: {non-zeros: 5, radius: 0.9}}}
            - rnn: {hidden: 6, activation: relu, init: {normal: 0.1}}
            - gru: {hidden: 5, output: last}
            - dense: 1
            - sigmoid
        """;
    Recipe recipe = read(RECIPE.replaceAll("(?s)  input: \\[2\\].*  - sigmoid\n", layers));
    assertThat(recipe.model().graph().nodes().stream().map(n -> n.opType()))
        .contains("Gather", "LSTM", "RNN", "GRU");
    assertThat(recipe.model().graph().inputs()).hasSize(5);
  }

  @Test
  void wrongRecurrentSettingsAreNamed() {
    assertComplaint(
        RECIPE.replace("- relu", "- lstm: {hidden: 4, forget: 1}"),
        "FILE:10: unknown key 'forget' in model.layers.lstm; did you mean 'forget-bias'? Known: hidden, bidirectional, output, init, recurrent-init, forget-bias");
    assertComplaint(
        RECIPE.replace("- relu", "- rnn: {hidden: 4, activation: step}"),
        "FILE:10: unknown model.layers.rnn.activation 'step'; Known: relu, tanh");
    assertComplaint(
        RECIPE.replace("- relu", "- gru: 4"), "FILE:10: gru1: needs [steps, features], got [10]");
    assertComplaint(
        RECIPE.replace("input: [2]", "input: [2]\n  init: {normal: -1}"),
        "FILE:8: model.init: deviation must be positive, got -1.0");
  }

  @Test
  void checkpointsHaveDefaultsAndNoPartInTheSettings() throws IOException {
    assertThat(read(RECIPE).checkpoints()).isEqualTo(new Recipe.Checkpoints(1000, 2, false));
    Recipe recipe = read(RECIPE + "checkpoint: {every: 5, keep: 1, each-epoch: true}\n");
    assertThat(recipe.checkpoints()).isEqualTo(new Recipe.Checkpoints(5, 1, true));
    assertThat(recipe.settings()).isEqualTo(read(RECIPE).settings());
    assertThat(recipe.settings())
        .containsEntry("train.optimizer.sgd.lr", "0.01")
        .containsEntry("model.layers[2].dense.units", "1");
    assertComplaint(
        RECIPE + "checkpoint: {every: 0}\n",
        "FILE:19: checkpoint.every must be a whole number of at least 1, got '0'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{autoclip: {percentile: 100}} | train.clip.autoclip: clip percentile must lie between 0 and 100, got 100.0; to switch clipping off write clip: none",
        "{norm: 1, order: 0.5} | train.clip.order: the order of a norm must be >= 1, or inf, got 0.5",
        "{norm: 1, median: {}} | 'train.clip.median' contradicts 'train.clip.norm': give one of them",
        "{smooth: 1, scope: layer} | 'train.clip.scope' contradicts 'train.clip.smooth': give one of them",
        "{zclip: {Z: 1}} | unknown key 'Z' in train.clip.zclip; did you mean 'z'?",
        "{chain: [{spikes: {}}, {norm: 1}]} | train.clip.chain: clipping spikes happens inside the optimizer's pass: put it last in the chain",
        "{groups: [{name: a, clip: none}]} | train.clip.groups: clip group 'a' is empty: give it name patterns or roles",
        "{groups: [{name: a, roles: [biass], clip: none}]} | unknown train.clip.groups.roles 'biass'; did you mean 'bias'?",
        "{smooth: 0} | train.clip.smooth: clip threshold must be finite and > 0, got 0.0; to switch clipping off write clip: none",
        "{non-finite: zero} | train.clip needs one of norm, value, block-rms, smooth, agc,",
        "zclap | unknown train.clip 'zclap'; did you mean 'zclip'?",
      })
  void clippingThatCannotBeIsNamedWithItsLine(String clip, String complaint) {
    assertThatThrownBy(() -> read(RECIPE.replace("{norm: 0.5}", clip)))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith(folder.resolve("tiny.yaml") + ":18: " + complaint);
  }

  @Test
  void aTargetEndsTraining() throws IOException {
    String watched = RECIPE.replace("data:\n", "data:\n  validation: \"moons:?n=20\"\n");
    Recipe recipe = read(watched + "  stop: {metric: accuracy, at: 0.99, every: 50}\n");
    assertThat(recipe.training().target())
        .contains(new dev.swage.train.StopTarget(dev.swage.train.Metric.ACCURACY, 0.99, 50));
    assertComplaint(
        RECIPE + "  stop: {metric: error, at: 0.01}\n",
        "FILE:19: unknown train.stop.metric 'error'; Known: accuracy, f1, loss,"
            + " mean-absolute-error, perplexity, r2, roc-auc, top-5-accuracy");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{weight-clip: {absolute: 0.25}} | weight clip 0.25; constant",
        "{weight-clip: {sigma: 3}, kure: {}} | weight clip 3.0 sigma + kure target 1.8 weight 1.0; constant",
        "{kure: {target: 2, weight: 0.5}, schedule: constant} | kure target 2.0 weight 0.5; constant",
        "{r2: {kind: linf, weight: 0.1}, schedule: {ramp: {from: 10, to: 200}}} | r2 linf weight 0.1; ramp from step 10 to 200",
        "{r2: {kind: soft-min-max, weight: 0.1}, groups: [{name: last, match: 'dense2.*'}]} | r2 soft-min-max weight 0.1; last [dense2.*][]: none; constant",
        "{groups: [{name: all, roles: [weight], r2: {kind: margin, weight: 1}}]} | none; all [][weight]: r2 margin weight 1.0; constant",
      })
  void everyFormOfRangeControlIsRead(String range, String described) throws IOException {
    Training training = read(RECIPE + "  range: " + range + "\n").training();
    assertThat(training.range().orElseThrow().describe()).isEqualTo(described);
    assertThat(training.profiled()).isTrue();
  }

  @Test
  void weightsAreProfiledOnRequest() throws IOException {
    assertThat(read(RECIPE).training().profiled()).isFalse();
    assertThat(read(RECIPE + "  report: weights\n").training().profiled()).isTrue();
    assertComplaint(
        RECIPE + "  report: wieghts\n",
        "FILE:19: unknown train.report 'wieghts'; did you mean 'weights'? Known: weights");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{} | train.range: range control needs at least one of weight clip, kure and r2",
        "{weight-clip: {}} | train.range.weight-clip needs a limit: {absolute: C} or {sigma: K}, K standard deviations",
        "{weight-clip: {absolute: 0}} | train.range.weight-clip.absolute: weight clip absolute must be finite and > 0, got 0.0",
        "{weight-clip: {sigma: -3}} | train.range.weight-clip.sigma: weight clip sigma must be finite and > 1, got -3.0: no weights lie within 1 sigma, and the limit would shrink to 0",
        "{weight-clip: {absolute: 1, sigma: 3}} | 'train.range.weight-clip.sigma' contradicts 'train.range.weight-clip.absolute': give one of them",
        "{kure: {weight: 0}} | train.range.kure: kure weight must be finite and > 0, got 0.0",
        "{kure: {target: 0}} | train.range.kure: kure target must be finite and >= 1, for no kurtosis is smaller, got 0.0",
        "{r2: {kind: linff, weight: 1}} | unknown train.range.r2.kind 'linff'; did you mean 'linf'? Known: linf, margin, soft-min-max",
        "{r2: {kind: linf, weight: -1}} | train.range.r2: r2 weight must be finite and > 0, got -1.0",
        "{kure: {}, schedule: {ramp: {from: 9, to: 3}}} | train.range.schedule.ramp: a ramp needs 0 <= from <= to, got from 9 to 3",
        "{groups: [{name: a, kure: {}}]} | train.range.groups: range group 'a' is empty: give it name patterns or roles",
        "{kurre: {}} | unknown key 'kurre' in train.range; did you mean 'kure'? Known: weight-clip, kure, r2, schedule, groups",
      })
  void rangeControlThatCannotBeIsNamedWithItsLine(String range, String complaint) {
    assertComplaint(RECIPE + "  range: " + range + "\n", "FILE:19: " + complaint);
  }
}
