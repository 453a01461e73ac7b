package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.Batch;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Conv;
import dev.swage.onnx.layer.Network;
import dev.swage.onnx.layer.Recurrent;
import dev.swage.onnx.layer.Window;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradient of every layer equals the slope of the loss along a random direction in weight
 * space: {@code (L(w + h·d) − L(w − h·d)) / 2h}. Activations are smooth, so that the slope exists.
 */
final class GradientTest {
  private static final double STEP = 1e-2;

  record Layers(String name, Shape sample, UnaryOperator<Network> body) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Layers> layers() {
    return List.of(
        new Layers("dense", Shape.of(4), n -> n.dense(5).tanh()),
        new Layers("dense over steps", Shape.of(3, 4), n -> n.dense(5).tanh().flatten()),
        new Layers("conv1d", Shape.of(2, 9), n -> n.conv1d(4, 3).tanh().flatten()),
        new Layers("conv2d", Shape.of(2, 6, 6), n -> n.conv2d(4, 3).tanh().flatten()),
        new Layers(
            "grouped, strided, padded conv2d",
            Shape.of(4, 7, 7),
            n -> n.conv2d(Conv.of(8, 3).groups(2).stride(2).same()).tanh().flatten()),
        new Layers(
            "average pool", Shape.of(2, 6, 6), n -> n.conv2d(3, 3).averagePool2d(2).flatten()),
        new Layers("max pool", Shape.of(2, 8, 8), n -> n.conv2d(3, 3).maxPool2d(2).flatten()),
        new Layers(
            "overlapping max pool 1d",
            Shape.of(2, 9),
            n -> n.conv1d(3, 2).maxPool1d(Window.of(3).stride(2)).flatten()),
        new Layers("global pool", Shape.of(2, 5, 5), n -> n.conv2d(3, 2).globalAveragePool()),
        new Layers("batch norm", Shape.of(5), n -> n.dense(6).batchNorm().tanh()),
        new Layers(
            "batch norm over images",
            Shape.of(2, 5, 5),
            n -> n.conv2d(3, 3).batchNorm().tanh().flatten()),
        new Layers("layer norm", Shape.of(5), n -> n.dense(6).layerNorm().tanh()),
        new Layers("gelu", Shape.of(4), n -> n.dense(5).gelu()),
        new Layers("elu", Shape.of(4), n -> n.dense(5).elu()),
        new Layers("silu", Shape.of(4), n -> n.dense(5).silu()),
        new Layers("softplus", Shape.of(4), n -> n.dense(5).softplus()),
        new Layers("softmax", Shape.of(4), n -> n.dense(5).softmax()),
        new Layers("log softmax", Shape.of(4), n -> n.dense(5).logSoftmax()),
        new Layers("residual", Shape.of(4), n -> n.dense(5).residual(b -> b.dense(5).tanh())),
        new Layers("rnn", Shape.of(5, 3), n -> n.rnn(4).flatten()),
        new Layers("gru", Shape.of(5, 3), n -> n.gru(4).flatten()),
        new Layers("lstm", Shape.of(5, 3), n -> n.lstm(4).flatten()),
        new Layers(
            "lstm beside its input",
            Shape.of(5, 3),
            n -> n.dense(4).tanh().residual(b -> b.lstm(4)).flatten()),
        new Layers(
            "last state of an lstm", Shape.of(5, 3), n -> n.recurrent(Recurrent.lstm(4).last())),
        new Layers("two lstms", Shape.of(5, 3), n -> n.lstm(4).lstm(3).dense(2).flatten()),
        new Layers(
            "last state of an lstm in both directions",
            Shape.of(5, 3),
            n -> n.recurrent(Recurrent.lstm(4).inBothDirections().last())),
        new Layers(
            "last state of a gru in both directions",
            Shape.of(5, 3),
            n -> n.recurrent(Recurrent.gru(4).inBothDirections().last())),
        new Layers(
            "reshape and transpose",
            Shape.of(6),
            n -> n.dense(6).reshape(2, 3).transpose(1, 0).dense(4).flatten()));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void gradients_are_slopes(Layers layers) {
    OnnxModel model =
        layers.body().apply(Network.input("x", layers.sample().toArray())).dense(2).seed(3).build();
    Shape shape = batched(8, layers.sample());
    float[] x = TestFloats.gaussian((int) shape.elements(), 1, 21);
    Batch batch =
        new Batch(
            List.of(Tensor.ofFloats(shape, x)),
            Optional.of(Tensor.ofFloats(Shape.of(8, 2), TestFloats.gaussian(16, 1, 22))));
    assertGradientsAreSlopes(model, batch);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void embedding_gradients_are_slopes(long seed) {
    OnnxModel model = Network.tokens("x", 4).embedding(6, 3).flatten().dense(2).seed(seed).build();
    Tensor tokens = Tensor.ofLongs(Shape.of(2, 4), 0, 5, 5, 1, 2, 2, 2, 3);
    Tensor targets = Tensor.ofFloats(Shape.of(2, 2), TestFloats.gaussian(4, 1, seed));
    assertGradientsAreSlopes(model, new Batch(List.of(tokens), Optional.of(targets)));
  }

  static List<Long> seeds() {
    return List.of(1L, 2L);
  }

  private static Shape batched(long samples, Shape sample) {
    long[] dims = new long[sample.rank() + 1];
    dims[0] = samples;
    System.arraycopy(sample.toArray(), 0, dims, 1, sample.rank());
    return Shape.of(dims);
  }

  private static void assertGradientsAreSlopes(OnnxModel model, Batch batch) {
    TorchLoss loss = new TorchLoss.SquaredError();
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      session.beginStep();
      session.accumulate(batch, loss, 1);
      List<MemorySegment> gradients = session.gradients().stream().map(GradientTest::copy).toList();
      for (int i = 0; i < gradients.size(); i++) {
        TorchSession.Weight weight = session.weights().get(i);
        float[] direction = direction((int) weight.shape().elements(), i);
        double expected = slope(session, weight, direction, batch);
        double got = 0;
        for (int e = 0; e < direction.length; e++) {
          got += gradients.get(i).get(Tensor.LE_FLOAT, e * 4L) * (double) direction[e];
        }
        assertThat(got)
            .as(weight.name())
            .isCloseTo(expected, within(2e-3 * Math.max(1, Math.abs(expected))));
      }
      assertThat(gradients).isNotEmpty();
    }
  }

  private static float[] direction(int size, int seed) {
    RandomGenerator random = TestFloats.random(seed);
    float[] direction = new float[size];
    for (int i = 0; i < size; i++) {
      direction[i] = (float) (random.nextGaussian() / Math.sqrt(size));
    }
    return direction;
  }

  private static double slope(
      TorchSession session, TorchSession.Weight weight, float[] direction, Batch batch) {
    float[] original = weight.data().toArray(Tensor.LE_FLOAT);
    double above = lossAt(session, weight, original, direction, STEP, batch);
    double below = lossAt(session, weight, original, direction, -STEP, batch);
    MemorySegment.copy(original, 0, weight.data(), Tensor.LE_FLOAT, 0, original.length);
    return (above - below) / (2 * STEP);
  }

  private static double lossAt(
      TorchSession session,
      TorchSession.Weight weight,
      float[] original,
      float[] direction,
      double step,
      Batch batch) {
    for (int i = 0; i < original.length; i++) {
      weight.data().set(Tensor.LE_FLOAT, i * 4L, (float) (original[i] + step * direction[i]));
    }
    session.beginStep(); // training mode: batch norm uses the batch
    return session.accumulate(batch, new TorchLoss.SquaredError(), 1).loss();
  }

  private static MemorySegment copy(MemorySegment segment) {
    return MemorySegment.ofArray(segment.toArray(Tensor.LE_FLOAT));
  }
}
