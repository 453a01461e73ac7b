package dev.swage.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The LSTM kernel against its formula in double and finite differences of that; its twins, and any
 * number of threads, give the same bits.
 */
final class LstmTest {
  static List<LstmSize> sizes() {
    return List.of(
        new LstmSize(1, 1, 1),
        new LstmSize(3, 2, 5),
        new LstmSize(2, 8, 16),
        new LstmSize(4, 9, 33),
        new LstmSize(3, 17, 40));
  }

  /** A run, and the gradients that go into and come out of its backward pass. */
  private record Case(
      LstmRun run, MemorySegment byStates, MemorySegment byHidden, MemorySegment byCell) {
    static Case of(LstmSize size) {
      int state = size.batch() * size.hidden();
      LstmRun run =
          new LstmRun(
              size,
              random(size.gates() * size.hidden(), 1),
              random(state, 2),
              random(state, 3),
              random(state * 4 * size.steps(), 4),
              random(state * size.steps(), 5),
              random(state * size.steps(), 6));
      return new Case(run, random(state * size.steps(), 7), random(state, 8), random(state, 9));
    }

    List<float[]> results() {
      return List.of(floats(run.gates()), floats(run.hidden()), floats(run.cells()));
    }

    Case forward() {
      Lstm.forward(run);
      return this;
    }

    Case backward() {
      Lstm.backward(run, byStates, byHidden, byCell);
      return this;
    }

    List<float[]> gradients() {
      return List.of(floats(run.gates()), floats(byHidden), floats(byCell));
    }
  }

  private static MemorySegment random(int count, int seed) {
    return MemorySegment.ofArray(TestFloats.gaussian(count, 0.6f, seed));
  }

  private static float[] floats(MemorySegment segment) {
    return segment.toArray(Tensor.LE_FLOAT);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void forward_is_the_formula(LstmSize size) {
    Reference expected = new Reference(Case.of(size));
    expected.loss();
    Case got = Case.of(size).forward();
    assertClose(floats(got.run().hidden()), expected.hidden);
    assertClose(floats(got.run().cells()), expected.cells);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void backward_is_the_slope_of_the_formula(LstmSize size) {
    Reference reference = new Reference(Case.of(size));
    List<float[]> got = Case.of(size).forward().backward().gradients();
    assertSlope(reference, reference.inputs, got.get(0));
    assertSlope(reference, reference.firstHidden, got.get(1));
    assertSlope(reference, reference.firstCell, got.get(2));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void twins_give_the_same_bits(LstmSize size) {
    Case scalar = Case.of(size);
    Case vector = Case.of(size);
    int batch = size.batch();
    ScalarLstm.forward(scalar.run(), 0, batch);
    VectorLstm.Packed forward = VectorLstm.packForward(vector.run());
    slices(batch, at -> VectorLstm.forward(vector.run(), forward, at[0], at[1]));
    assertSameBits(vector.results(), scalar.results());
    ScalarLstm.backward(scalar.run(), gradients(scalar), 0, batch);
    VectorLstm.Packed backward = VectorLstm.packBackward(vector.run());
    slices(
        batch, at -> VectorLstm.backward(vector.run(), backward, gradients(vector), at[0], at[1]));
    assertSameBits(vector.gradients(), scalar.gradients());
  }

  private static LstmGradients gradients(Case of) {
    return new LstmGradients(of.byStates(), of.byHidden(), of.byCell());
  }

  private static void slices(int batch, Consumer<int[]> slice) {
    for (int first = 0; first < batch; first += Lstm.ROWS) {
      slice.accept(new int[] {first, Math.min(Lstm.ROWS, batch - first)});
    }
  }

  @Test
  void any_number_of_threads_gives_the_same_bits() {
    LstmSize size = new LstmSize(3, 17, 40);
    List<float[]> expected = Case.of(size).forward().backward().gradients();
    for (int threads : new int[] {1, 2, 4, 8}) {
      try (ForkJoinPool pool = new ForkJoinPool(threads)) {
        List<float[]> got =
            pool.submit(() -> Case.of(size).forward().backward().gradients()).join();
        assertSameBits(got, expected);
      }
    }
  }

  @Test
  void activations_are_those_of_double() {
    for (float x = -100; x <= 100; x += 0.0137f) {
      double sigmoid = 1 / (1 + Math.exp(-x));
      double tanh = Math.tanh(x);
      // Where e⁻ˣ overflows float32, the sigmoid is a bound instead of almost zero.
      assertThat((double) ScalarActivations.sigmoid(x))
          .isCloseTo(sigmoid, within(4e-7 * sigmoid + 1e-38));
      assertThat((double) ScalarActivations.tanh(x)).isCloseTo(tanh, within(3e-7 * Math.abs(tanh)));
    }
    assertThat(ScalarActivations.sigmoid(Float.NaN)).isNaN();
    assertThat(ScalarActivations.tanh(Float.NaN)).isNaN();
    assertThat(ScalarActivations.sigmoid(Float.POSITIVE_INFINITY)).isEqualTo(1);
    assertThat(ScalarActivations.tanh(Float.NEGATIVE_INFINITY)).isEqualTo(-1);
  }

  @Test
  void memory_of_another_size_is_named() {
    LstmSize size = new LstmSize(2, 3, 4);
    MemorySegment small = random(3, 1);
    assertThatThrownBy(() -> new LstmRun(size, small, small, small, small, small, small))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("recurrent weight has 12 bytes, expected 64 floats");
    assertThatThrownBy(() -> new LstmSize(0, 3, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an LSTM needs positive sizes, got 0 steps, batch 3, hidden 4");
  }

  private static void assertSameBits(List<float[]> got, List<float[]> expected) {
    for (int i = 0; i < expected.size(); i++) {
      assertThat(got.get(i)).containsExactly(expected.get(i));
    }
  }

  private static void assertClose(float[] got, double[] expected) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < got.length; i++) {
      assertThat((double) got[i]).isCloseTo(expected[i], within(2e-6));
    }
  }

  private static void assertSlope(Reference reference, double[] values, float[] got) {
    double by = 1e-5;
    int stride = Math.max(1, values.length / 50);
    for (int i = 0; i < values.length; i += stride) {
      double value = values[i];
      values[i] = value + by;
      double above = reference.loss();
      values[i] = value - by;
      double below = reference.loss();
      values[i] = value;
      double slope = (above - below) / (2 * by);
      assertThat((double) got[i]).isCloseTo(slope, within(2e-5 + 2e-5 * Math.abs(slope)));
    }
  }

  /** The layer in double, and a loss with the case's gradients: Σ hidden·byStates + last ones. */
  private static final class Reference {
    private final LstmSize size;
    private final Case given;
    private final double[] recurrent;
    private final double[] inputs;
    private final double[] firstHidden;
    private final double[] firstCell;
    private final double[] hidden;
    private final double[] cells;

    Reference(Case given) {
      this.given = given;
      this.size = given.run().size();
      recurrent = doubles(given.run().recurrent());
      inputs = doubles(given.run().gates());
      firstHidden = doubles(given.run().firstHidden());
      firstCell = doubles(given.run().firstCell());
      hidden = new double[size.steps() * firstHidden.length];
      cells = new double[hidden.length];
    }

    private static double[] doubles(MemorySegment segment) {
      float[] values = floats(segment);
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    double loss() {
      int state = firstHidden.length;
      double[] h = firstHidden.clone();
      double[] c = firstCell.clone();
      for (int t = 0; t < size.steps(); t++) {
        step(t, h, c);
        System.arraycopy(h, 0, hidden, t * state, state);
        System.arraycopy(c, 0, cells, t * state, state);
      }
      return dot(hidden, given.byStates()) + dot(h, given.byHidden()) + dot(c, given.byCell());
    }

    private static double dot(double[] values, MemorySegment by) {
      double sum = 0;
      for (int i = 0; i < values.length; i++) {
        sum += values[i] * by.getAtIndex(Tensor.LE_FLOAT, i);
      }
      return sum;
    }

    private void step(int t, double[] h, double[] c) {
      double[] before = h.clone();
      int width = size.hidden();
      for (int b = 0; b < size.batch(); b++) {
        for (int j = 0; j < width; j++) {
          double i = sigmoid(gate(t, b, j, before));
          double o = sigmoid(gate(t, b, width + j, before));
          double f = sigmoid(gate(t, b, 2 * width + j, before));
          double g = Math.tanh(gate(t, b, 3 * width + j, before));
          int at = b * width + j;
          c[at] = f * c[at] + i * g;
          h[at] = o * Math.tanh(c[at]);
        }
      }
    }

    private double gate(int t, int b, int row, double[] before) {
      int width = size.hidden();
      double sum = inputs[(t * size.batch() + b) * 4 * width + row];
      for (int k = 0; k < width; k++) {
        sum += recurrent[row * width + k] * before[b * width + k];
      }
      return sum;
    }

    private static double sigmoid(double x) {
      return 1 / (1 + Math.exp(-x));
    }
  }
}
