package dev.swage.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.Granularity;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.SessionOptions.MatMulAccuracy;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.train.Distillation;
import dev.swage.train.quantize.Oscillation;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.quantize.QuantizerSchedule;
import dev.swage.train.quantize.TrainedQuantizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written is what was trained: 0 codes differ, of weights and of activations. */
final class ExportEqualsTrainingTest {
  private static final int[] WEIGHT_BITS = {8, 4, 3, 2};
  private static final List<QuantizerMethod> METHODS =
      List.copyOf(EnumSet.allOf(QuantizerMethod.class));
  private static final int[] ACTIVATION_BITS = {8, 5, 4, 0};

  @TempDir private Path folder;

  record Case(SmallNet net, QatOptions options) {
    @Override
    public String toString() {
      return "%s W%d%s A%d %s ends %d"
          .formatted(
              net,
              options.weights().bits(),
              options.weights().grouping(),
              options.activationBits(),
              options.method().word(),
              options.endBits());
    }
  }

  /** Every width with every net, and every method with every net; groups where there may be. */
  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (SmallNet net : SmallNet.values()) {
      for (int i = 0; i < WEIGHT_BITS.length; i++) {
        for (int j = 0; j < ACTIVATION_BITS.length; j++) {
          QuantizerMethod method = METHODS.get((i + j) % METHODS.size());
          QatOptions options =
              QatOptions.of(WEIGHT_BITS[i])
                  .withActivationBits(ACTIVATION_BITS[j])
                  .withMethod(method)
                  .withEndBits(j % 2 == 0 ? WEIGHT_BITS[i] : 8);
          cases.add(new Case(net, options));
          if (!options.fixesRanges()) {
            cases.add(new Case(net, grouped(options)));
          }
        }
      }
    }
    return cases.stream();
  }

  private static QatOptions grouped(QatOptions options) {
    return options.withWeights(options.weights().withGrouping(WeightGrouping.groups(16)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void no_code_differs(Case test) {
    Path path = folder.resolve("out.onnx");
    assertNoCodeDiffers(TrainedCodes.of(test.net(), test.options(), path), path);
  }

  /** Every method with every net: codes that start later, and scales that freeze. */
  static Stream<Case> scheduled() {
    return Arrays.stream(SmallNet.values())
        .flatMap(net ->
            METHODS.stream()
                .map(method -> new Case(net, QatOptions.of(3).withMethod(method).withEndBits(4))));
  }

  @ParameterizedTest
  @MethodSource("scheduled")
  void no_code_differs_where_codes_start_later_and_scales_freeze(Case test) {
    Path path = folder.resolve("out.onnx");
    QuantizerSchedule schedule = QuantizerSchedule.CONSTANT.startingAt(3).freezingAt(7);
    assertNoCodeDiffers(
        TrainedCodes.of(
            test.net(), test.options(), (_, trainer) -> trainer.quantizers(schedule), path),
        path);
  }

  @ParameterizedTest
  @MethodSource("scheduled")
  void no_code_differs_where_codes_start_with_the_last_step(Case test) {
    Path path = folder.resolve("out.onnx");
    QuantizerSchedule schedule = QuantizerSchedule.CONSTANT.startingAt(11);
    assertNoCodeDiffers(
        TrainedCodes.of(
            test.net(), test.options(), (_, trainer) -> trainer.quantizers(schedule), path),
        path);
  }

  @ParameterizedTest
  @MethodSource("scheduled")
  void no_code_differs_where_oscillations_are_damped_and_freeze(Case test) {
    Path path = folder.resolve("out.onnx");
    boolean follows =
        test.options().method() == QuantizerMethod.STE
            || test.options().method() == QuantizerMethod.PACT;
    Oscillation against =
        new Oscillation(
            0.5, follows ? Optional.empty() : Oscillation.freezingAbove(0.005).freeze());
    QuantizerSchedule schedule = QuantizerSchedule.CONSTANT.startingAt(1).against(against);
    assertNoCodeDiffers(
        TrainedCodes.of(
            test.net(), test.options(), (_, trainer) -> trainer.quantizers(schedule), path),
        path);
  }

  /** With all values that become codes compared with the floats'. */
  @ParameterizedTest
  @MethodSource("scheduled")
  void no_code_differs_where_the_floats_teach(Case test) {
    Path path = folder.resolve("out.onnx");
    TrainedCodes codes =
        TrainedCodes.of(
            test.net(),
            test.options(),
            (qat, trainer) ->
                trainer.distill(
                    qat.prepared(),
                    Distillation.standard()
                        .withLayers(
                            qat.quantizers().stream()
                                .filter(quantizer -> !quantizer.isWeight())
                                .map(TrainedQuantizer::value)
                                .distinct()
                                .toArray(String[]::new))),
            path);
    assertNoCodeDiffers(codes, path);
  }

  /** Plans of files, with other widths for some nodes and values, on the ranges that they have. */
  @ParameterizedTest
  @CsvSource({
    "DENSE, STATIC, LSQ",
    "CONV, STATIC, LSQ",
    "CONV, STATIC, FIXED",
    "RESIDUAL, STATIC, LSQ_PLUS",
    "LSTM, STATIC, LSQ",
    "EMBEDDING, STATIC, STE",
    "CONV, WEIGHT_ONLY, LSQ",
    "LSTM, WEIGHT_ONLY, LSQ",
    "CONV, MIXED, PACT"
  })
  void no_code_of_a_plan_differs(SmallNet net, QuantMode mode, QuantizerMethod method) {
    PlanDocument plan = GivenPlanTest.stored(net, mode, folder);
    int[] widths = {4, 8, 2, 3, 6};
    int[] count = {0};
    PlanDocument edited =
        GivenPlanTest.narrowed(
            plan.withWeightBits(bits -> bits == 8 ? widths[count[0]++ % widths.length] : bits));
    QuantizationAware qat =
        QuantizationAware.plan(
            edited, net.model(), "net", QuantizeData.none(), QatOptions.of(8).withMethod(method));
    Path path = folder.resolve("out.onnx");
    TrainedCodes codes = TrainedCodes.of(qat, net.data(), path);
    assertNoCodeDiffers(codes, path);
    assertThat(qat.plan().nodes().stream().flatMap(node -> node.choice().slots().stream()))
        .extracting(slot -> slot.scheme().bits())
        .contains(4);
  }

  private static void assertNoCodeDiffers(TrainedCodes codes, Path path) {
    List<TrainedQuantizer> weights =
        codes.qat().trained(codes.trained()).stream().filter(TrainedQuantizer::isWeight).toList();
    assertThat(weights).isNotEmpty();
    for (TrainedQuantizer weight : weights) {
      assertThat(differing(weight, codes)).as(weight.value()).isZero();
      assertPacked(weight, codes.file().graph());
    }
    for (TrainedCodes.Passed passed : codes.activations()) {
      assertThat(differing(passed, codes.file().graph())).as(passed.quantizer().value()).isZero();
    }
    assertOutputs(codes, path);
  }

  /** Codes of a weight in the file that are not those of its floats, by the definition. */
  private static long differing(TrainedQuantizer weight, TrainedCodes codes) {
    float[] floats = initializer(codes.trained().graph(), weight.value()).toFloats();
    Tensor written = initializer(codes.file().graph(), weight.value() + "_quantized");
    assertThat(written.shape().elements()).isEqualTo(floats.length);
    int[] slots = slots(weight);
    long[] stored = StoredCodes.of(written);
    long differing = 0;
    for (int i = 0; i < floats.length; i++) {
      float scale = weight.params().scales()[slots[i]];
      double code = Math.rint(floats[i] / scale) + weight.params().zeroPoints()[slots[i]];
      long expected = (long) Math.clamp(code, weight.scheme().qmin(), weight.scheme().qmax());
      differing += expected == stored[i] ? 0 : 1;
    }
    return differing;
  }

  /** Which scale each element has. */
  private static int[] slots(TrainedQuantizer weight) {
    long[] dims = weight.shape().toArray();
    int[] slots = new int[Math.toIntExact(weight.shape().elements())];
    Granularity granularity = weight.scheme().granularity();
    int axis =
        switch (granularity) {
          case Granularity.PerTensor() -> -1;
          case Granularity.PerChannel(int along) -> along;
          case Granularity.PerGroup(int along, int _) -> along;
        };
    for (int i = 0; i < slots.length && axis >= 0; i++) {
      long inner = 1;
      for (int d = axis + 1; d < dims.length; d++) {
        inner *= dims[d];
      }
      long index = i / inner % dims[axis];
      slots[i] =
          (int)
              (granularity instanceof Granularity.PerGroup(int _, int size)
                  ? (i / inner / dims[axis] * Math.ceilDiv(dims[axis], size) + index / size) * inner
                      + i % inner
                  : index);
    }
    return slots;
  }

  private static void assertPacked(TrainedQuantizer weight, Graph file) {
    DType type = initializer(file, weight.value() + "_quantized").dtype();
    switch (weight.scheme().bits()) {
      case 2 -> assertThat(type).isIn(DType.INT2, DType.UINT2);
      case 3, 4 -> assertThat(type).isIn(DType.INT4, DType.UINT4);
      default -> assertThat(type).isIn(DType.INT8, DType.UINT8);
    }
  }

  /** Codes that ONNX Runtime makes with the file's own scale, and the trainer did not. */
  private static long differing(TrainedCodes.Passed passed, Graph file) {
    String value = passed.quantizer().value();
    int first = passed.quantizer().scheme().qmin();
    int last = passed.quantizer().scheme().qmax();
    Node written = quantizing(file, passed.quantizer());
    Tensor scale = initializer(file, written.input(1));
    Tensor zero = initializer(file, written.input(2));
    Tensor codes = quantized(passed.before(), scale, zero);
    assertThat(codes.shape()).as(value).isEqualTo(passed.before().shape());
    long[] made = StoredCodes.of(codes);
    long zeroPoint = StoredCodes.of(zero)[0];
    long differing = 0;
    for (int i = 0; i < codes.shape().elements(); i++) {
      long code = Math.clamp(made[i], first, last);
      long trained = (long) Math.rint(passed.after().getFloat(i) / scale.getFloat(0)) + zeroPoint;
      differing += code == trained ? 0 : 1;
    }
    return differing;
  }

  private static Node quantizing(Graph file, TrainedQuantizer quantizer) {
    return file.nodes().stream()
        .filter(node -> node.is("QuantizeLinear"))
        .filter(node ->
            node.outputs().getFirst().equals(quantizer.value() + "_quantized")
                || node.outputs().getFirst().equals(quantizer.value() + "_wide"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the file has no codes of " + quantizer.value()));
  }

  private static Tensor quantized(Tensor floats, Tensor scale, Tensor zero) {
    OnnxModel model =
        OnnxModel.of(
            Graph.builder("codes")
                .input(ValueInfo.of("x", DType.FLOAT32, floats.shape()))
                .output(ValueInfo.of("codes", zero.dtype(), floats.shape()))
                .initializer("scale", scale)
                .initializer("zero", zero)
                .node(Node.of("q", "QuantizeLinear", List.of("x", "scale", "zero"), "codes"))
                .build());
    try (ModelSession session = ModelSession.open("codes", model, SessionOptions.defaults())) {
      return session.run(List.of(floats)).getFirst();
    }
  }

  /** In ONNX Runtime with products in float32: MatMulNBits would round its inputs otherwise. */
  private static void assertOutputs(TrainedCodes codes, Path path) {
    SessionOptions exact = SessionOptions.defaults().withMatMulAccuracy(MatMulAccuracy.FLOAT32);
    try (ModelSession session = ModelSession.open(path, exact)) {
      Tensor written = session.run(codes.inputs()).getFirst();
      Tensor trained = codes.output();
      float allowed = (float) allowed(codes);
      for (int i = 0; i < trained.shape().elements(); i++) {
        assertThat(written.getFloat(i))
            .as("output %d", i)
            .isCloseTo(trained.getFloat(i), within(allowed));
      }
    }
  }

  /** A few steps of the last codes; without codes of activations, what rounding makes of floats. */
  private static double allowed(TrainedCodes codes) {
    return codes.qat().trained(codes.trained()).stream()
        .filter(quantizer -> !quantizer.isWeight())
        .reduce((_, last) -> last)
        .map(last -> 3.01 * last.params().scales()[0])
        .orElse(1e-4);
  }

  private static Tensor initializer(Graph graph, String name) {
    return Objects.requireNonNull(graph.initializers().get(name), name);
  }
}
