package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.clip.Clip;
import dev.swage.data.DataSource;
import dev.swage.data.HoldOut;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training on a part of a model's weights, and what becomes of the rest. */
final class FineTuningTest {
  private static final DataSource DATA = TrainerTest.spots(160, 3);

  private static OnnxModel net() {
    return Network.input("x", 1, 8, 8)
        .conv2d(4, 3)
        .batchNorm()
        .relu()
        .flatten()
        .dense(12)
        .relu()
        .dense(4)
        .seed(1)
        .build();
  }

  private static Trainer trainer(OnnxModel model) {
    return Trainer.of(model)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(AdamW.of(0.01))
        .batchSize(16)
        .epochs(2)
        .seed(5);
  }

  /** Names of the initializers whose bits a run changed. */
  private static Set<String> changed(OnnxModel before, OnnxModel after) {
    Set<String> changed = new TreeSet<>();
    before
        .graph()
        .initializers()
        .forEach((name, value) -> {
          Tensor now = Objects.requireNonNull(after.graph().initializers().get(name), name);
          if (now.data().mismatch(value.data()) >= 0) {
            changed.add(name);
          }
        });
    return changed;
  }

  @ParameterizedTest
  @CsvSource({
    "dense2.*,'',dense2.bias dense2.weight",
    "dense?.weight,'',dense1.weight dense2.weight dense3.weight",
    "*,dense1*,dense2.bias dense2.weight dense3.bias dense3.weight",
  })
  void only_what_matches_is_trained(String train, String freeze, String expected) {
    OnnxModel net =
        Network.input("x", 1, 8, 8)
            .flatten()
            .dense(9)
            .tanh()
            .dense(8)
            .tanh()
            .dense(4)
            .seed(1)
            .build();
    Trainer trainer = trainer(net).train(train);
    if (!freeze.isEmpty()) {
      trainer.freeze(freeze);
    }
    assertThat(changed(net, trainer.fit(DATA).model())).containsExactly(expected.split(" "));
  }

  private static boolean isStatistic(String name) {
    return name.contains("mean") || name.contains("var");
  }

  @Test
  void a_pattern_finds_weights_by_the_node_that_reads_them() {
    OnnxModel net = net();
    String node =
        net.graph().nodes().stream()
            .filter(n -> n.inputs().contains("dense2.weight"))
            .findFirst()
            .orElseThrow()
            .name();
    assertThat(trainer(net).train(node).trainedWeights())
        .isEqualTo(
            Objects.requireNonNull(net.graph().initializers().get("dense2.weight"))
                .shape()
                .elements());
  }

  @Test
  void a_pattern_that_matches_nothing_names_what_is_near() {
    assertThatThrownBy(() -> trainer(net()).train("dense2.wieght").fit(DATA))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("'dense2.wieght' matches no float32 weight")
        .hasMessageContaining("nearest: 'dense2.weight'");
    assertThatThrownBy(() -> trainer(net()).freeze("*").fit(DATA))
        .hasMessageContaining("leave no weight to train");
  }

  @Test
  void frozen_statistics_stay_and_learned_ones_move() {
    OnnxModel net = net();
    assertThat(changed(net, trainer(net).fit(DATA).model())).anyMatch(FineTuningTest::isStatistic);
    assertThat(changed(net, trainer(net).freezeStatistics().fit(DATA).model()))
        .isNotEmpty()
        .noneMatch(FineTuningTest::isStatistic);
  }

  /** After one step: {@code a = d·w₀ + (1−d)·w₁} with the smaller d of the beginning, 1/10. */
  @Test
  void a_run_gives_the_average_of_its_weights() {
    OnnxModel net = Network.input("x", 1, 8, 8).flatten().dense(4).seed(1).build();
    DataSource first = DATA.limit(16);
    float[] start = weight(net);
    float[] one = weight(sgd(net).fit(first).model());
    float[] average = weight(sgd(net).averageWeights(0.9).fit(first).model());
    assertThat(one).isNotEqualTo(start);
    for (int i = 0; i < average.length; i++) {
      assertThat((double) average[i]).isCloseTo(0.1 * start[i] + 0.9 * one[i], within(1e-6));
    }
  }

  private static float[] weight(OnnxModel net) {
    return Objects.requireNonNull(net.graph().initializers().get("dense1.weight")).toFloats();
  }

  private static Trainer sgd(OnnxModel net) {
    return Trainer.of(net)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(Sgd.of(0.1))
        .clip(Clip.none())
        .batchSize(16)
        .epochs(1)
        .seed(5);
  }

  @Test
  void a_weight_without_a_gradient_is_named_with_its_way() {
    Graph graph =
        Graph.builder("lost")
            .input(ValueInfo.batched("x", DType.FLOAT32, 2))
            .output(ValueInfo.batched("y", DType.FLOAT32, 2))
            .initializer("w", Tensor.ofFloats(Shape.of(2, 2), 1, 2, 3, 4))
            .initializer("v", Tensor.ofFloats(Shape.of(2, 2), 1, 2, 3, 4))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "p"))
            .node(Node.of("rounded", "Round", List.of("p"), "r"))
            .node(Node.of("last", "MatMul", List.of("r", "v"), "y"))
            .build();
    DataSource data =
        DataSource.of(
            Tensor.ofFloats(Shape.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8),
            Tensor.ofFloats(Shape.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8));
    Trainer trainer =
        Trainer.of(OnnxModel.of(graph))
            .loss(Loss.meanSquaredError())
            .optimizer(Sgd.of(1e-4))
            .batchSize(2);
    List<String> warnings = new ArrayList<>();
    trainer.listener(
        new TrainingListener() {
          @Override
          public void warning(String message) {
            warnings.add(message);
          }
        });
    assertThat(changed(OnnxModel.of(graph), trainer.fit(data).model())).containsExactly("v");
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("'w' → node 'product' (MatMul) → node 'rounded' (Round), which has no gradient");
    assertThatThrownBy(() -> trainer.train("w").fit(data))
        .hasMessageContaining("weight 'w' cannot be trained: 'w' → node 'product'");
  }

  @Test
  void a_part_cut_off_has_no_sample_of_the_rest_and_is_the_same_each_time() {
    HoldOut parts = HoldOut.of(DATA, 0.25, 7);
    assertThat(parts.held().size()).isEqualTo(40);
    assertThat(parts.rest().size()).isEqualTo(120);
    Set<List<Byte>> all = new java.util.HashSet<>();
    for (DataSource part : List.of(parts.held(), parts.rest())) {
      for (int i = 0; i < part.size(); i++) {
        List<Byte> bytes = new ArrayList<>();
        for (byte b :
            part.batch(i)
                .inputs()
                .getFirst()
                .data()
                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)) {
          bytes.add(b);
        }
        assertThat(all.add(bytes)).isTrue();
      }
    }
    assertThat(HoldOut.of(DATA, 0.25, 7).held().hash()).isEqualTo(parts.held().hash());
    assertThat(HoldOut.of(DATA, 0.25, 8).held().hash()).isNotEqualTo(parts.held().hash());
  }

  @Test
  void the_loss_that_goes_without_saying() {
    assertThat(Loss.fitting(net(), DATA)).isEqualTo(Loss.crossEntropyWithLogits());
    OnnxModel softmax = Network.input("x", 1, 8, 8).flatten().dense(4).softmax().seed(1).build();
    assertThat(Loss.fitting(softmax, DATA)).isEqualTo(Loss.crossEntropy());
    OnnxModel narrow = Network.input("x", 1, 8, 8).flatten().dense(3).seed(1).build();
    assertThatThrownBy(() -> Loss.fitting(narrow, DATA))
        .hasMessageContaining("4 classes; give the model a head of 4 outputs");
    DataSource values =
        DataSource.of(Tensor.ofFloats(Shape.of(2, 1), 1, 2), Tensor.ofFloats(Shape.of(2, 1), 1, 2));
    OnnxModel one = Network.input("x", 1).dense(1).seed(1).build();
    assertThat(Loss.fitting(one, values)).isEqualTo(Loss.meanSquaredError());
  }
}
