package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.Batch;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.onnx.layer.Recurrent;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.quantize.QuantizedGraph;
import dev.swage.train.quantize.QuantizedNets;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.quantize.TrainedQuantizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gradients through quantizers are those of the formulas, computed slowly. */
final class QuantizerGradientTest {
  private static final int IN = 6;
  private static final int HIDDEN = 5;
  private static final int OUT = 3;
  private static final float SHARE = 0.01f;

  private static final float[] BIAS = {0.11f, -0.07f, 0.05f, -0.13f, 0.09f};

  /** With a bias, so that no sum of codes is just 0, where Relu has no slope. */
  private static OnnxModel net() {
    OnnxModel net = Network.input("x", IN).dense(HIDDEN).relu().dense(OUT).seed(4).build();
    return net.withGraph(
        net.graph().toBuilder()
            .initializer("dense1.bias", Tensor.ofFloats(Shape.of(HIDDEN), BIAS))
            .build());
  }

  private static List<TrainedQuantizer> quantizers(QuantizerMethod method) {
    OnnxModel net = net();
    // Smaller scales than the ranges, so that elements are clipped on both sides.
    TrainedQuantizer first = QuantizedNets.weight(net, "dense1.weight", 3, 1, method);
    float[] halved = first.params().scales().clone();
    for (int i = 0; i < halved.length; i++) {
      halved[i] *= 0.7f;
    }
    return List.of(
        first.withParams(
            new dev.swage.quant.QuantParams(
                first.params().shape(), halved, first.params().zeroPoints())),
        QuantizedNets.weight(net, "dense2.weight", 8, 1, method),
        QuantizedNets.activation("x", 5, 0.08f, 14, method),
        QuantizedNets.activation("relu1.output", 4, 0.09f, 2, method));
  }

  private static Batch batch(int samples, long seed) {
    return new Batch(
        List.of(Tensor.ofFloats(Shape.of(samples, IN), TestFloats.gaussian(samples * IN, 1, seed))),
        Optional.of(
            Tensor.ofFloats(
                Shape.of(samples, OUT), TestFloats.gaussian(samples * OUT, 1, seed + 1))));
  }

  private static Map<String, float[]> gradients(TorchSession session) {
    Map<String, float[]> all = new LinkedHashMap<>();
    for (int i = 0; i < session.weights().size(); i++) {
      all.put(session.weights().get(i).name(), session.gradients().get(i).toArray(Tensor.LE_FLOAT));
    }
    return all;
  }

  /** Convolutions keep channels last: with fine codes gradients are nearly those of the floats. */
  @ParameterizedTest
  @EnumSource(QuantizerMethod.class)
  void fine_codes_of_convolutions_have_nearly_the_gradients_of_the_floats(QuantizerMethod method) {
    OnnxModel net =
        Network.input("x", 3, 12, 10)
            .conv2d(8, 3)
            .relu()
            .conv2d(16, 3)
            .relu()
            .maxPool2d(2)
            .conv2d(4, 2)
            .flatten()
            .dense(OUT)
            .seed(4)
            .build();
    List<TrainedQuantizer> codes = new ArrayList<>();
    for (String name : List.of("conv1.output", "relu1.output", "conv2.output", "conv3.output")) {
      codes.add(QuantizedNets.activation(name, 8, 0.05f, 128, method));
    }
    Batch batch =
        new Batch(
            List.of(Tensor.ofFloats(Shape.of(5, 3, 12, 10), TestFloats.gaussian(5 * 360, 1, 7))),
            Optional.of(Tensor.ofFloats(Shape.of(5, OUT), TestFloats.gaussian(5 * OUT, 1, 8))));
    Map<String, float[]> floats = gradients(net, List.of(batch));
    Map<String, float[]> coded =
        gradients(QuantizedGraph.of(net, codes, true).model(), List.of(batch));
    for (String weight : List.of("conv1.weight", "conv2.weight", "conv3.weight", "dense1.weight")) {
      assertThat(cosine(required(floats, weight), required(coded, weight)))
          .as(weight)
          .isGreaterThan(0.98);
    }
  }

  private static float[] required(Map<String, float[]> gradients, String weight) {
    return Objects.requireNonNull(gradients.get(weight), weight);
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double left = 0;
    double right = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      left += (double) a[i] * a[i];
      right += (double) b[i] * b[i];
    }
    return product / Math.sqrt(left * right);
  }

  /** A quantizer in double arithmetic, its codes in float32. */
  private static final class Reference {
    private final TrainedQuantizer quantizer;
    private final int columns;
    private final float[] scales;
    private final int zero;
    private double[] byScale = new double[0];
    private double byOffset;

    Reference(TrainedQuantizer quantizer, double[] x, int columns) {
      this.quantizer = quantizer;
      this.columns = columns;
      float[] own = quantizer.params().scales();
      int offset = quantizer.params().zeroPoints()[0];
      boolean ranged =
          quantizer.method() == QuantizerMethod.STE
              || (quantizer.isWeight() && quantizer.method() == QuantizerMethod.PACT);
      if (ranged && quantizer.isWeight()) {
        own = ranges(x);
      } else if (ranged) {
        float least = (quantizer.scheme().qmin() - offset) * own[0];
        float most = (quantizer.scheme().qmax() - offset) * own[0];
        float min = (float) Arrays.stream(x).min().orElseThrow();
        float max = (float) Arrays.stream(x).max().orElseThrow();
        ScaleZeroPoint moved =
            ScaleZeroPoint.of(
                least * (1 - SHARE) + SHARE * min,
                most * (1 - SHARE) + SHARE * max,
                quantizer.scheme());
        own = new float[] {moved.scale()};
        offset = moved.zeroPoint();
      }
      this.scales = own;
      this.zero = offset;
    }

    private float[] ranges(double[] x) {
      float[] scales = new float[columns];
      for (int c = 0; c < columns; c++) {
        float largest = 0;
        for (int i = c; i < x.length; i += columns) {
          largest = Math.max(largest, Math.abs((float) x[i]));
        }
        scales[c] = ScaleZeroPoint.of(-largest, largest, quantizer.scheme()).scale();
      }
      return scales;
    }

    private float scale(int i) {
      return quantizer.isWeight() ? scales[i % columns] : scales[0];
    }

    double[] forward(double[] x) {
      double[] y = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        double code = Math.rint((float) x[i] / scale(i)) + zero;
        y[i] =
            (Math.clamp(code, quantizer.scheme().qmin(), quantizer.scheme().qmax()) - zero)
                * (double) scale(i);
      }
      return y;
    }

    double[] backward(double[] x, double[] dy, long each) {
      double[] dx = new double[x.length];
      byScale = new double[scales.length];
      byOffset = 0;
      int n = quantizer.scheme().qmin() - zero;
      int p = quantizer.scheme().qmax() - zero;
      boolean pact = quantizer.method() == QuantizerMethod.PACT;
      for (int i = 0; i < x.length; i++) {
        double t = (float) x[i] / scale(i);
        boolean inside = t >= n && t <= p;
        dx[i] = inside ? dy[i] : 0;
        double slope = inside ? Math.rint(t) - t : t < n ? n : p;
        byScale[quantizer.isWeight() ? i % columns : 0] += dy[i] * (pact ? t > p ? p : 0 : slope);
        byOffset += inside ? 0 : dy[i];
      }
      double g = pact ? 1 : 1 / Math.sqrt((double) each * quantizer.scheme().qmax());
      for (int i = 0; i < byScale.length; i++) {
        byScale[i] *= g;
      }
      byOffset *= -scales[0] * g;
      return dx;
    }
  }

  private static double[] doubles(float[] values) {
    double[] all = new double[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[i];
    }
    return all;
  }

  private static double[] times(double[] a, double[] b, int rows, int inner, int columns) {
    double[] c = new double[rows * columns];
    for (int r = 0; r < rows; r++) {
      for (int k = 0; k < inner; k++) {
        for (int j = 0; j < columns; j++) {
          c[r * columns + j] += a[r * inner + k] * b[k * columns + j];
        }
      }
    }
    return c;
  }

  private static double[] transposed(double[] a, int rows, int columns) {
    double[] t = new double[a.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        t[c * rows + r] = a[r * columns + c];
      }
    }
    return t;
  }

  @ParameterizedTest
  @EnumSource(QuantizerMethod.class)
  void of_a_whole_net_are_those_of_the_formulas(QuantizerMethod method) {
    int samples = 32;
    Batch batch = batch(samples, 21);
    List<TrainedQuantizer> quantizers = quantizers(method);
    OnnxModel net = net();
    Map<String, float[]> actual = actual(quantizers, List.of(batch));

    double[] x = doubles(batch.inputs().getFirst().toFloats());
    double[] target = doubles(batch.targets().orElseThrow().toFloats());
    double[] w1 = values(net, "dense1.weight");
    double[] w2 = values(net, "dense2.weight");
    Reference ofFirst = new Reference(quantizers.get(0), w1, HIDDEN);
    Reference ofSecond = new Reference(quantizers.get(1), w2, OUT);
    Reference ofInput = new Reference(quantizers.get(2), x, 1);
    double[] codedX = ofInput.forward(x);
    double[] coded1 = ofFirst.forward(w1);
    double[] coded2 = ofSecond.forward(w2);
    double[] sum = times(codedX, coded1, samples, IN, HIDDEN);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += BIAS[i % HIDDEN];
    }
    double[] hidden = Arrays.stream(sum).map(v -> Math.max(0, v)).toArray();
    Reference ofHidden = new Reference(quantizers.get(3), hidden, 1);
    double[] codedHidden = ofHidden.forward(hidden);
    double[] y = times(codedHidden, coded2, samples, HIDDEN, OUT);
    double[] dy = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      dy[i] = 2 * (y[i] - target[i]) / y.length;
    }
    double[] d2 = times(transposed(codedHidden, samples, HIDDEN), dy, HIDDEN, samples, OUT);
    double[] dHidden =
        ofHidden.backward(
            hidden, times(dy, transposed(coded2, HIDDEN, OUT), samples, OUT, HIDDEN), HIDDEN);
    for (int i = 0; i < sum.length; i++) {
      dHidden[i] = sum[i] > 0 ? dHidden[i] : 0;
    }
    double[] d1 = times(transposed(codedX, samples, IN), dHidden, IN, samples, HIDDEN);
    ofInput.backward(x, times(dHidden, transposed(coded1, IN, HIDDEN), samples, HIDDEN, IN), IN);

    assertNear(actual, "dense1.weight", ofFirst.backward(w1, d1, IN));
    assertNear(actual, "dense2.weight", ofSecond.backward(w2, d2, HIDDEN));
    boolean learned = method == QuantizerMethod.LSQ || method == QuantizerMethod.LSQ_PLUS;
    assertThat(actual.containsKey("dense1.weight.scale")).isEqualTo(learned);
    boolean bounded = learned || method == QuantizerMethod.PACT;
    assertThat(actual.containsKey("x.scale")).isEqualTo(bounded);
    assertThat(actual.containsKey("x.zero_point")).isEqualTo(method == QuantizerMethod.LSQ_PLUS);
    if (learned) {
      assertNear(actual, "dense1.weight.scale", ofFirst.byScale);
      assertNear(actual, "dense2.weight.scale", ofSecond.byScale);
    }
    if (bounded) {
      assertNear(actual, "x.scale", ofInput.byScale);
      assertNear(actual, "relu1.output.scale", ofHidden.byScale);
    }
    if (method == QuantizerMethod.LSQ_PLUS) {
      assertNear(actual, "x.zero_point", ofInput.byOffset);
      assertNear(actual, "relu1.output.zero_point", ofHidden.byOffset);
    }
  }

  private static double[] values(OnnxModel model, String name) {
    return doubles(Objects.requireNonNull(model.graph().initializers().get(name)).toFloats());
  }

  private static Map<String, float[]> actual(
      List<TrainedQuantizer> quantizers, List<Batch> batches) {
    return gradients(QuantizedGraph.of(net(), quantizers, true).model(), batches);
  }

  private static Map<String, float[]> gradients(OnnxModel model, List<Batch> batches) {
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      session.beginStep();
      batches.forEach(
          batch -> session.accumulate(batch, new TorchLoss.SquaredError(), 1.0 / batches.size()));
      return gradients(session);
    }
  }

  private static void assertNear(Map<String, float[]> actual, String name, double... expected) {
    float[] found = Objects.requireNonNull(actual.get(name), name);
    assertThat(found).hasSameSizeAs(expected);
    assertThat(Arrays.stream(expected).anyMatch(v -> v != 0)).as(name + " is tested").isTrue();
    for (int i = 0; i < found.length; i++) {
      assertThat((double) found[i])
          .as("%s %d", name, i)
          .isCloseTo(expected[i], within(1e-6 + 1e-4 * Math.abs(expected[i])));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LSQ", "LSQ_PLUS", "PACT"})
  void of_two_batches_add_up_to_those_of_both_together(QuantizerMethod method) {
    Batch first = batch(16, 31);
    Batch second = batch(16, 41);
    Batch both =
        new Batch(
            List.of(joined(first.inputs().getFirst(), second.inputs().getFirst())),
            Optional.of(joined(first.targets().orElseThrow(), second.targets().orElseThrow())));
    Map<String, float[]> apart = actual(quantizers(method), List.of(first, second));
    Map<String, float[]> together = actual(quantizers(method), List.of(both));
    assertThat(apart.keySet()).isEqualTo(together.keySet());
    together.forEach((name, expected) -> {
      float[] found = Objects.requireNonNull(apart.get(name));
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i])
            .as("%s %d", name, i)
            .isCloseTo(expected[i], within(1e-6f + 1e-4f * Math.abs(expected[i])));
      }
    });
  }

  private static Tensor joined(Tensor a, Tensor b) {
    List<Float> all = new ArrayList<>();
    for (Tensor part : List.of(a, b)) {
      for (float value : part.toFloats()) {
        all.add(value);
      }
    }
    float[] values = new float[all.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = all.get(i);
    }
    return Tensor.ofFloats(Shape.of(2 * a.shape().dim(0), a.shape().dim(1)), values);
  }

  /** The layer's own backward pass goes on where autograd's ended, and quantizers after both. */
  @Test
  void pass_through_a_recurrent_layer() {
    OnnxModel net =
        Network.input("x", 4, IN)
            .recurrent(Recurrent.lstm(HIDDEN).last())
            .dense(OUT)
            .seed(4)
            .build();
    OnnxModel model = QuantizedNets.quantized(net, QuantizerMethod.LSQ, "x");
    Batch batch =
        new Batch(
            List.of(Tensor.ofFloats(Shape.of(8, 4, IN), TestFloats.gaussian(8 * 4 * IN, 1, 3))),
            Optional.of(Tensor.ofFloats(Shape.of(8, OUT), TestFloats.gaussian(8 * OUT, 1, 5))));
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      session.beginStep();
      session.accumulate(batch, new TorchLoss.SquaredError(), 1);
      Map<String, float[]> once = gradients(session);
      assertThat(once)
          .containsKeys("lstm1.weight", "lstm1.weight.scale", "lstm1.recurrent.scale", "x.scale");
      once.forEach((name, gradient) -> assertThat(sum(gradient)).as(name).isNotZero().isFinite());
      session.beginStep();
      session.accumulate(batch, new TorchLoss.SquaredError(), 0.5);
      session.accumulate(batch, new TorchLoss.SquaredError(), 0.5);
      gradients(session)
          .forEach((name, gradient) ->
              assertThat(sum(gradient))
                  .as(name)
                  .isCloseTo(sum(Objects.requireNonNull(once.get(name))), within(1e-5)));
    }
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += Math.abs(value);
    }
    return sum;
  }
}
