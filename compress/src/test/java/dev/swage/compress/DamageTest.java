package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.proof.Damage;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights of two bits, or of one scale for columns far apart, damage any model. */
class DamageTest {
  private static final int INPUTS = 24;
  private static final int OUTPUTS = 6;
  private static final int SAMPLES = 40;

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
  @TempDir private Path folder;

  private float[] normal(int count, IntToDoubleFunction scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (scale.applyAsDouble(i) * random.nextGaussian());
    }
    return values;
  }

  /** One product, and what is made of it. */
  private Path model(float[] weight, DType type, Node... last) {
    Graph.Builder graph =
        Graph.builder("net")
            .input(ValueInfo.batched("x", DType.FLOAT32, INPUTS))
            .output(new ValueInfo("y", Optional.of(type), Optional.empty()))
            .initializer("w", Tensor.ofFloats(Shape.of(INPUTS, OUTPUTS), weight))
            .node(Node.of("product", "MatMul", List.of("x", "w"), last.length == 0 ? "y" : "p"));
    for (Node node : last) {
      graph.node(node);
    }
    Path file = folder.resolve("net.onnx");
    OnnxWriter.write(OnnxModel.of(graph.build()).withOpset("", 21), file);
    return file;
  }

  private Path model(float[] weight) {
    return model(weight, DType.FLOAT32);
  }

  private float[] alike() {
    return normal(INPUTS * OUTPUTS, i -> 1);
  }

  /** The last columns are a thousand times smaller. */
  private float[] apart() {
    return normal(INPUTS * OUTPUTS, i -> i % OUTPUTS < 4 ? 100 : 0.1);
  }

  private QuantizeData real() {
    return QuantizeData.of(
        DataSource.of(
            Tensor.ofFloats(Shape.of(SAMPLES, INPUTS), normal(SAMPLES * INPUTS, i -> 1)),
            Tensor.ofFloats(Shape.of(SAMPLES, 1), new float[SAMPLES])));
  }

  private static QuantizeOptions options(int bits) {
    return QuantizeOptions.of(QuantMode.WEIGHT_ONLY)
        .withWeights(WeightOptions.int8().withBits(bits).withGrouping(WeightGrouping.perTensor()));
  }

  private Conversion convert(QuantizeOptions options, Path model, QuantizeData data) {
    return ModelQuantization.of(options).convert(model, folder.resolve("small.onnx"), data);
  }

  @Test
  void anOutputOfNoUseOnRealDataIsNotWritten() {
    Conversion done = convert(options(2), model(alike()), real());
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isLessThan(10);
    assertThat(done.outcome()).isEqualTo(Outcome.DAMAGED);
    assertThat(done.damage().isSevere()).isTrue();
    assertThat(done.damage().findings().getFirst().text()).startsWith("output 'y': SQNR ");
    assertThat(done.damage().worstNodes()).hasSize(1).first().asString().startsWith("product (");
    assertThat(folder.resolve("small.onnx")).doesNotExist();
  }

  @Test
  void onRandomInputsTheSameIsAWarning() {
    for (QuantizeData data :
        List.of(QuantizeData.none(), QuantizeData.of(DataSource.open("random:1x24?n=9")))) {
      Conversion done = convert(options(2), model(alike()), data);
      assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
      assertThat(done.damage().onNoise()).isTrue();
      assertThat(done.damage().findings()).isNotEmpty();
      assertThat(done.damage().isSevere()).isFalse();
    }
  }

  @Test
  void aQuantityThatBecomesOneValueIsFoundBehindALargeRatio() {
    Conversion done = convert(options(8), model(apart()), real());
    assertThat(done.proof().fidelity().orElseThrow().outputs().getFirst().sqnrDb().orElseThrow())
        .isGreaterThan(35);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isLessThan(10);
    assertThat(done.outcome()).isEqualTo(Outcome.DAMAGED);
    assertThat(done.damage().findings().getFirst().text())
        .startsWith("output 'y', ")
        .contains("of axis 1: its variation is lost");
  }

  @Test
  void damageIsWrittenWhenItIsAllowed() {
    QuantizeOptions options = options(2);
    Conversion done =
        convert(options.withGoal(options.goal().allowingDamage()), model(alike()), real());
    assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(done.damage().isSevere()).isTrue();
    assertThat(folder.resolve("small.onnx")).exists();
  }

  @Test
  void aBoundOfTheUserTakesThePlaceOfTheLimit() {
    QuantizeOptions options = options(4);
    Path model = model(alike());
    QuantizeData data = real();
    Conversion free = convert(options, model, data);
    double found = free.proof().leastSqnrDb().orElseThrow();
    assertThat(free.damage().findings()).hasSize(1);
    Conversion done =
        convert(options.withGoal(options.goal().withMinSqnr(found - 0.1)), model, data);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isEqualTo(found);
    assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(done.damage().isEmpty()).isTrue();
  }

  @Test
  void nothingIsSaidOfAGoodFile() {
    Conversion done = convert(options(8), model(alike()), real());
    assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(done.damage().isEmpty()).isTrue();
  }

  @Test
  void betweenTheLimitsIsAWarning() {
    Conversion done = convert(options(4), model(alike()), real());
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isBetween(10.0, 20.0);
    assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(done.damage().findings()).hasSize(1).noneMatch(Damage.Finding::severe);
  }

  /** Labels are what the float model says. */
  @Test
  void lostAccuracyIsDamageWhateverTheRatio() {
    float[] inputs = normal(SAMPLES * INPUTS, i -> 1);
    float[] weight = alike();
    int[] labels = new int[SAMPLES];
    float[][] rows = new float[SAMPLES][INPUTS];
    for (int row = 0; row < SAMPLES; row++) {
      float best = Float.NEGATIVE_INFINITY;
      System.arraycopy(inputs, row * INPUTS, rows[row], 0, INPUTS);
      for (int column = 0; column < OUTPUTS; column++) {
        float sum = 0;
        for (int i = 0; i < INPUTS; i++) {
          sum += rows[row][i] * weight[i * OUTPUTS + column];
        }
        if (sum > best) {
          best = sum;
          labels[row] = column;
        }
      }
    }
    QuantizeOptions options = options(3);
    Conversion done =
        convert(
            options.withGoal(options.goal().withMinSqnr(3)),
            model(weight),
            QuantizeData.of(DataSource.of(rows, labels)));
    assertThat(done.proof().accuracyDrop().orElseThrow()).isGreaterThan(0.05);
    assertThat(done.outcome()).isEqualTo(Outcome.DAMAGED);
    assertThat(done.damage().findings().getFirst().text()).startsWith("accuracy fell by ");
    Conversion allowed =
        convert(
            options.withGoal(
                options
                    .goal()
                    .withMinSqnr(3)
                    .withMaxAccuracyDrop(
                        Math.min(1, done.proof().accuracyDrop().getAsDouble() + 0.01))),
            model(weight),
            QuantizeData.of(DataSource.of(rows, labels)));
    assertThat(allowed.outcome()).isEqualTo(Outcome.WRITTEN);
  }

  @Test
  void classNumbersAreMeasuredByAgreement() {
    Node last =
        Node.of("best", "ArgMax", List.of("p"), "y")
            .with("axis", Attribute.of(1))
            .with("keepdims", Attribute.of(0));
    Conversion done = convert(options(2), model(alike(), DType.INT64, last), real());
    double agreement =
        done.proof().fidelity().orElseThrow().outputs().getFirst().agreement().orElseThrow();
    assertThat(agreement).isLessThan(Damage.LEAST_AGREEMENT);
    assertThat(done.proof().leastSqnrDb()).isEmpty();
    assertThat(done.outcome()).isEqualTo(Outcome.DAMAGED);
    assertThat(done.damage().findings().getFirst().text())
        .startsWith("output 'y': ")
        .endsWith("% of the elements differ");
  }

  @Test
  void aBoundOnClassNumbersIsRefusedBeforeAnythingIsDone() {
    Node last = Node.of("best", "ArgMax", List.of("p"), "y").with("axis", Attribute.of(1));
    Path model = model(alike(), DType.INT64, last);
    QuantizeOptions options = options(8);
    assertThatThrownBy(
            () -> convert(options.withGoal(options.goal().withMinSqnr(20)), model, real()))
        .isInstanceOf(CompressException.class)
        .hasMessageContaining("a bound of the SQNR cannot be measured on ")
        .hasMessageEndingWith("output 'y': INT64 is compared by agreement");
  }

  /** What the outputs are of does not matter: they are measured, and damage is found in them. */
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "FLOAT64"})
  void outputsOfOtherFloatingPointTypesAreMeasured(DType type) {
    Node last =
        Node.of("cast", "Cast", List.of("p"), "y")
            .with("to", Attribute.of(type == DType.FLOAT16 ? 10 : 11));
    Conversion good = convert(options(8), model(alike(), type, last), real());
    assertThat(good.proof().leastSqnrDb().orElseThrow()).isBetween(25.0, 60.0);
    QuantizeOptions options = options(8);
    Conversion bounded =
        convert(
            options.withGoal(options.goal().withObjective(Objective.SIZE).withMinSqnr(90)),
            model(alike(), type, last),
            real());
    assertThat(bounded.outcome()).isEqualTo(Outcome.NOTHING_QUANTIZED);
    assertThat(convert(options(2), model(alike(), type, last), real()).outcome())
        .isEqualTo(Outcome.DAMAGED);
  }
}
