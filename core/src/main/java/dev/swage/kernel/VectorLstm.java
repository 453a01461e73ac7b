package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarLstm} with vectors and eight sequences at a time: each part of the weight that is
 * read serves all of them. The bits are the same: every product is summed in the same order.
 */
final class VectorLstm {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final int LANES = FLOATS.length();
  private static final int ROWS = Lstm.ROWS;

  private VectorLstm() {}

  /**
   * A matrix {@code [depth, columns]} as panels of two vectors' width, each {@code [depth, width]},
   * the last one filled up with zeros.
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier for a moment: nobody compares it
  record Packed(float[] values, int depth, int columns) {
    private static final int WIDTH = 2 * LANES;

    int panels() {
      return Math.ceilDiv(columns, WIDTH);
    }

    int padded() {
      return panels() * WIDTH;
    }

    private static Packed empty(int depth, int columns) {
      int panels = Math.ceilDiv(columns, WIDTH);
      return new Packed(new float[Math.multiplyExact(panels * WIDTH, depth)], depth, columns);
    }

    private int index(int k, int column) {
      return (column / WIDTH * depth + k) * WIDTH + column % WIDTH;
    }
  }

  /** Rᵀ: {@code [hidden, 4·hidden]}. */
  static Packed packForward(LstmRun run) {
    int width = run.size().hidden();
    Packed packed = Packed.empty(width, run.size().gates());
    int panels = packed.panels();
    Parallel.forEach(
        panels,
        panel -> {
          int end = Math.min((panel + 1) * Packed.WIDTH, packed.columns());
          float[] row = new float[width];
          for (int column = panel * Packed.WIDTH; column < end; column++) {
            MemorySegment.copy(
                run.recurrent(), LE_FLOAT, ((long) column * width) << 2, row, 0, width);
            int at = packed.index(0, column);
            for (int k = 0; k < width; k++) {
              packed.values()[at + k * Packed.WIDTH] = row[k];
            }
          }
        });
    return packed;
  }

  /** R: {@code [4·hidden, hidden]}. */
  static Packed packBackward(LstmRun run) {
    int width = run.size().hidden();
    Packed packed = Packed.empty(run.size().gates(), width);
    for (int panel = 0; panel < packed.panels(); panel++) {
      int column = panel * Packed.WIDTH;
      int count = Math.min(Packed.WIDTH, width - column);
      for (int k = 0; k < packed.depth(); k++) {
        long from = ((long) k * width + column) << 2;
        MemorySegment.copy(
            run.recurrent(), LE_FLOAT, from, packed.values(), packed.index(k, column), count);
      }
    }
    return packed;
  }

  static void forward(LstmRun run, Packed weight, int first, int count) {
    int width = run.size().hidden();
    float[] hidden = new float[width * ROWS]; // [unit, row]
    float[] products = new float[weight.padded() * ROWS]; // [row, gate]
    float[] cells = new float[width * ROWS]; // [row, unit]
    float[] state = new float[width];
    for (int row = 0; row < count; row++) {
      long at = run.at(0, first + row) << 2;
      MemorySegment.copy(run.firstCell(), LE_FLOAT, at, cells, row * width, width);
      MemorySegment.copy(run.firstHidden(), LE_FLOAT, at, state, 0, width);
      scatter(state, hidden, row);
    }
    for (int t = 0; t < run.size().steps(); t++) {
      multiply(hidden, weight, products);
      for (int row = 0; row < count; row++) {
        step(run, t, first + row, products, row * weight.padded(), cells, row * width, state);
        scatter(state, hidden, row);
      }
    }
  }

  private static void scatter(float[] from, float[] to, int row) {
    for (int k = 0; k < from.length; k++) {
      to[k * ROWS + row] = from[k];
    }
  }

  /** One sequence's gates and states. */
  private static void step(
      LstmRun run, int t, int b, float[] products, int p, float[] cells, int c, float[] hidden) {
    int width = run.size().hidden();
    int bound = FLOATS.loopBound(width);
    MemorySegment gates = run.gates();
    long gate = (long) width << 2;
    for (int j = 0; j < bound; j += LANES) {
      long at = (run.at(t, b) * LstmSize.GATES + j) << 2;
      FloatVector i = load(gates, at).add(load(products, p + j));
      FloatVector o = load(gates, at + gate).add(load(products, p + width + j));
      FloatVector f = load(gates, at + 2 * gate).add(load(products, p + 2 * width + j));
      FloatVector g = load(gates, at + 3 * gate).add(load(products, p + 3 * width + j));
      i = VectorActivations.sigmoid(i);
      o = VectorActivations.sigmoid(o);
      f = VectorActivations.sigmoid(f);
      g = VectorActivations.tanh(g);
      FloatVector cell = f.fma(load(cells, c + j), i.mul(g));
      FloatVector h = o.mul(VectorActivations.tanh(cell));
      i.intoMemorySegment(gates, at, LE);
      o.intoMemorySegment(gates, at + gate, LE);
      f.intoMemorySegment(gates, at + 2 * gate, LE);
      g.intoMemorySegment(gates, at + 3 * gate, LE);
      cell.intoArray(cells, c + j);
      h.intoArray(hidden, j);
    }
    if (bound < width) {
      rest(run, t, b, bound, products, p, cells, c, hidden);
    }
    MemorySegment.copy(cells, c, run.cells(), LE_FLOAT, run.at(t, b) << 2, width);
    MemorySegment.copy(hidden, 0, run.hidden(), LE_FLOAT, run.at(t, b) << 2, width);
  }

  private static void rest(
      LstmRun run,
      int t,
      int b,
      int from,
      float[] products,
      int p,
      float[] cells,
      int c,
      float[] hidden) {
    int width = run.size().hidden();
    float[] own = Arrays.copyOfRange(products, p, p + run.size().gates());
    float[] cell = Arrays.copyOfRange(cells, c, c + width);
    for (int j = from; j < width; j++) {
      ScalarLstm.forward(run, t, b, j, own, hidden, cell);
    }
    System.arraycopy(cell, from, cells, c + from, width - from);
  }

  static void backward(LstmRun run, Packed weight, LstmGradients gradients, int first, int count) {
    int width = run.size().hidden();
    int padded = weight.padded();
    float[] gates = new float[run.size().gates() * ROWS]; // [gate, row]
    float[] hidden = new float[padded * ROWS]; // [row, unit]
    float[] cells = new float[width * ROWS]; // [row, unit]
    float[] own = new float[run.size().gates()];
    for (int row = 0; row < count; row++) {
      long at = run.at(0, first + row) << 2;
      MemorySegment.copy(gradients.hidden(), LE_FLOAT, at, hidden, row * padded, width);
      MemorySegment.copy(gradients.cell(), LE_FLOAT, at, cells, row * width, width);
    }
    for (int t = run.size().steps() - 1; t >= 0; t--) {
      for (int row = 0; row < count; row++) {
        back(
            run, gradients.states(), t, first + row, own, hidden, row * padded, cells, row * width);
        scatter(own, gates, row);
      }
      multiply(gates, weight, hidden);
    }
    for (int row = 0; row < count; row++) {
      long at = run.at(0, first + row) << 2;
      MemorySegment.copy(hidden, row * padded, gradients.hidden(), LE_FLOAT, at, width);
      MemorySegment.copy(cells, row * width, gradients.cell(), LE_FLOAT, at, width);
    }
  }

  /** One sequence's gradients at a step. */
  private static void back(
      LstmRun run,
      MemorySegment states,
      int t,
      int b,
      float[] out,
      float[] hidden,
      int h,
      float[] cells,
      int c) {
    int width = run.size().hidden();
    int bound = FLOATS.loopBound(width);
    MemorySegment gates = run.gates();
    MemorySegment previous = t == 0 ? run.firstCell() : run.cells();
    long previousAt = run.at(Math.max(t - 1, 0), b);
    long gate = (long) width << 2;
    for (int j = 0; j < bound; j += LANES) {
      long at = (run.at(t, b) * LstmSize.GATES + j) << 2;
      long state = (run.at(t, b) + j) << 2;
      FloatVector i = load(gates, at);
      FloatVector o = load(gates, at + gate);
      FloatVector f = load(gates, at + 2 * gate);
      FloatVector g = load(gates, at + 3 * gate);
      FloatVector before = load(previous, (previousAt + j) << 2);
      FloatVector squashed = VectorActivations.tanh(load(run.cells(), state));
      FloatVector dh = load(hidden, h + j).add(load(states, state));
      FloatVector one = FloatVector.broadcast(FLOATS, 1);
      FloatVector dc = dh.mul(o).fma(squashed.neg().fma(squashed, one), load(cells, c + j));
      FloatVector di = dc.mul(g).mul(i).mul(one.sub(i));
      FloatVector dO = dh.mul(squashed).mul(o).mul(one.sub(o));
      FloatVector df = dc.mul(before).mul(f).mul(one.sub(f));
      FloatVector dg = dc.mul(i).mul(g.neg().fma(g, one));
      di.intoMemorySegment(gates, at, LE);
      dO.intoMemorySegment(gates, at + gate, LE);
      df.intoMemorySegment(gates, at + 2 * gate, LE);
      dg.intoMemorySegment(gates, at + 3 * gate, LE);
      di.intoArray(out, j);
      dO.intoArray(out, width + j);
      df.intoArray(out, 2 * width + j);
      dg.intoArray(out, 3 * width + j);
      dc.mul(f).intoArray(cells, c + j);
    }
    if (bound < width) {
      backRest(run, states, t, b, bound, out, hidden, h, cells, c);
    }
  }

  private static void backRest(
      LstmRun run,
      MemorySegment states,
      int t,
      int b,
      int from,
      float[] out,
      float[] hidden,
      int h,
      float[] cells,
      int c) {
    int width = run.size().hidden();
    float[] dh = Arrays.copyOfRange(hidden, h, h + width);
    float[] dc = Arrays.copyOfRange(cells, c, c + width);
    for (int j = from; j < width; j++) {
      ScalarLstm.backward(run, states, t, b, j, out, dh, dc);
    }
    System.arraycopy(dc, from, cells, c + from, width - from);
  }

  private static FloatVector load(float[] values, int at) {
    return FloatVector.fromArray(FLOATS, values, at);
  }

  private static FloatVector load(MemorySegment values, long at) {
    return FloatVector.fromMemorySegment(FLOATS, values, at, LE);
  }

  /** {@code out[row, ·] = Σₖ left[k, row]·weight[k, ·]}, row by row of {@code padded} columns. */
  private static void multiply(float[] left, Packed weight, float[] out) {
    for (int panel = 0; panel < weight.panels(); panel++) {
      multiply(left, weight, panel, out);
    }
  }

  /** Sixteen sums stay in registers while the panel's rows go by. */
  private static void multiply(float[] left, Packed weight, int panel, float[] out) {
    float[] right = weight.values();
    int depth = weight.depth();
    int start = panel * depth * Packed.WIDTH;
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector a4 = a0;
    FloatVector a5 = a0;
    FloatVector a6 = a0;
    FloatVector a7 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    FloatVector b4 = a0;
    FloatVector b5 = a0;
    FloatVector b6 = a0;
    FloatVector b7 = a0;
    for (int k = 0; k < depth; k++) {
      FloatVector a = FloatVector.fromArray(FLOATS, right, start + k * Packed.WIDTH);
      FloatVector b = FloatVector.fromArray(FLOATS, right, start + k * Packed.WIDTH + LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, left[k * ROWS]);
      a0 = x.fma(a, a0);
      b0 = x.fma(b, b0);
      x = FloatVector.broadcast(FLOATS, left[k * ROWS + 1]);
      a1 = x.fma(a, a1);
      b1 = x.fma(b, b1);
      x = FloatVector.broadcast(FLOATS, left[k * ROWS + 2]);
      a2 = x.fma(a, a2);
      b2 = x.fma(b, b2);
      x = FloatVector.broadcast(FLOATS, left[k * ROWS + 3]);
      a3 = x.fma(a, a3);
      b3 = x.fma(b, b3);
      x = FloatVector.broadcast(FLOATS, left[k * ROWS + 4]);
      a4 = x.fma(a, a4);
      b4 = x.fma(b, b4);
      x = FloatVector.broadcast(FLOATS, left[k * ROWS + 5]);
      a5 = x.fma(a, a5);
      b5 = x.fma(b, b5);
      x = FloatVector.broadcast(FLOATS, left[k * ROWS + 6]);
      a6 = x.fma(a, a6);
      b6 = x.fma(b, b6);
      x = FloatVector.broadcast(FLOATS, left[k * ROWS + 7]);
      a7 = x.fma(a, a7);
      b7 = x.fma(b, b7);
    }
    int stride = weight.padded();
    int at = panel * Packed.WIDTH;
    store(a0, b0, out, at);
    store(a1, b1, out, at + stride);
    store(a2, b2, out, at + 2 * stride);
    store(a3, b3, out, at + 3 * stride);
    store(a4, b4, out, at + 4 * stride);
    store(a5, b5, out, at + 5 * stride);
    store(a6, b6, out, at + 6 * stride);
    store(a7, b7, out, at + 7 * stride);
  }

  private static void store(FloatVector a, FloatVector b, float[] out, int at) {
    a.intoArray(out, at);
    b.intoArray(out, at + LANES);
  }
}
