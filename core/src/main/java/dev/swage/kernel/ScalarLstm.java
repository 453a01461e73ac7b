package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;

/** The specification of {@link Lstm}: one sequence after the other; arguments are trusted. */
final class ScalarLstm {
  private ScalarLstm() {}

  static void forward(LstmRun run, int first, int count) {
    for (int b = first; b < first + count; b++) {
      float[] hidden = load(run.firstHidden(), run.at(0, b), run.size().hidden());
      float[] cell = load(run.firstCell(), run.at(0, b), run.size().hidden());
      for (int t = 0; t < run.size().steps(); t++) {
        float[] products = timesRows(run.recurrent(), hidden, run.size().gates());
        for (int j = 0; j < hidden.length; j++) {
          forward(run, t, b, j, products, hidden, cell);
        }
      }
    }
  }

  /** Unit {@code j} of a sequence at a step. */
  static void forward(
      LstmRun run, int t, int b, int j, float[] products, float[] hidden, float[] cell) {
    int width = run.size().hidden();
    long gates = run.at(t, b) * LstmSize.GATES + j;
    float i = ScalarActivations.sigmoid(get(run.gates(), gates) + products[j]);
    float o = ScalarActivations.sigmoid(get(run.gates(), gates + width) + products[width + j]);
    float f =
        ScalarActivations.sigmoid(get(run.gates(), gates + 2L * width) + products[2 * width + j]);
    float g =
        ScalarActivations.tanh(get(run.gates(), gates + 3L * width) + products[3 * width + j]);
    cell[j] = Math.fma(f, cell[j], i * g);
    hidden[j] = o * ScalarActivations.tanh(cell[j]);
    set(run.gates(), gates, i);
    set(run.gates(), gates + width, o);
    set(run.gates(), gates + 2L * width, f);
    set(run.gates(), gates + 3L * width, g);
    set(run.cells(), run.at(t, b) + j, cell[j]);
    set(run.hidden(), run.at(t, b) + j, hidden[j]);
  }

  static void backward(LstmRun run, LstmGradients gradients, int first, int count) {
    int width = run.size().hidden();
    for (int b = first; b < first + count; b++) {
      float[] hidden = load(gradients.hidden(), run.at(0, b), width);
      float[] cell = load(gradients.cell(), run.at(0, b), width);
      float[] gates = new float[run.size().gates()];
      for (int t = run.size().steps() - 1; t >= 0; t--) {
        for (int j = 0; j < width; j++) {
          backward(run, gradients.states(), t, b, j, gates, hidden, cell);
        }
        hidden = timesColumns(run.recurrent(), gates, width);
      }
      for (int j = 0; j < width; j++) {
        set(gradients.hidden(), run.at(0, b) + j, hidden[j]);
        set(gradients.cell(), run.at(0, b) + j, cell[j]);
      }
    }
  }

  /** Unit {@code j}: from the gradients by its states to those by its gates' inputs. */
  static void backward(
      LstmRun run,
      MemorySegment states,
      int t,
      int b,
      int j,
      float[] out,
      float[] hidden,
      float[] cell) {
    int width = run.size().hidden();
    long at = run.at(t, b) * LstmSize.GATES + j;
    float i = get(run.gates(), at);
    float o = get(run.gates(), at + width);
    float f = get(run.gates(), at + 2L * width);
    float g = get(run.gates(), at + 3L * width);
    float before =
        t == 0 ? get(run.firstCell(), run.at(0, b) + j) : get(run.cells(), run.at(t - 1, b) + j);
    float squashed = ScalarActivations.tanh(get(run.cells(), run.at(t, b) + j));
    float dh = hidden[j] + get(states, run.at(t, b) + j);
    float dc = Math.fma(dh * o, Math.fma(-squashed, squashed, 1f), cell[j]);
    out[j] = dc * g * i * (1 - i);
    out[width + j] = dh * squashed * o * (1 - o);
    out[2 * width + j] = dc * before * f * (1 - f);
    out[3 * width + j] = dc * i * Math.fma(-g, g, 1f);
    cell[j] = dc * f;
    for (int gate = 0; gate < LstmSize.GATES; gate++) {
      set(run.gates(), at + (long) gate * width, out[gate * width + j]);
    }
  }

  /** {@code v·Mᵀ} for a matrix of {@code rows} rows as wide as the vector is long. */
  private static float[] timesRows(MemorySegment matrix, float[] vector, int rows) {
    float[] out = new float[rows];
    for (int n = 0; n < rows; n++) {
      float sum = 0;
      for (int k = 0; k < vector.length; k++) {
        sum = Math.fma(vector[k], get(matrix, (long) n * vector.length + k), sum);
      }
      out[n] = sum;
    }
    return out;
  }

  /** {@code v·M} for a matrix of as many rows as the vector is long. */
  private static float[] timesColumns(MemorySegment matrix, float[] vector, int columns) {
    float[] out = new float[columns];
    for (int k = 0; k < vector.length; k++) {
      for (int n = 0; n < columns; n++) {
        out[n] = Math.fma(vector[k], get(matrix, (long) k * columns + n), out[n]);
      }
    }
    return out;
  }

  static float[] load(MemorySegment segment, long at, int count) {
    float[] values = new float[count];
    MemorySegment.copy(segment, LE_FLOAT, at << 2, values, 0, count);
    return values;
  }

  private static float get(MemorySegment segment, long at) {
    return segment.get(LE_FLOAT, at << 2);
  }

  private static void set(MemorySegment segment, long at, float value) {
    segment.set(LE_FLOAT, at << 2, value);
  }
}
