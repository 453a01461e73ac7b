package dev.swage.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The part of an LSTM layer that goes from step to step:
 *
 * <pre>
 * i, o, f = σ(a + h·Rᵀ)   g = tanh(a + h·Rᵀ)   c ← f·c + i·g   h ← o·tanh(c)
 * </pre>
 *
 * and its gradient back through the steps. What inputs and biases add to the gates, {@code a}, and
 * the gradients of all weights are products over all steps at once, which are not done here.
 *
 * <p>Sequences do not depend on each other: up to eight of them go through all steps on one core,
 * and cores never wait for each other in between. The result is the same bits on any number of
 * threads, and with and without vectors.
 */
public final class Lstm {
  private static final boolean VECTORS = Simd.available();

  /** Sequences that go through the steps together. */
  static final int ROWS = 8;

  private Lstm() {}

  /** What happens to some sequences. */
  private interface Slice {
    void run(int first, int count);
  }

  /** Goes through all steps: replaces the gates' inputs by their values and fills the states. */
  public static void forward(LstmRun run) {
    if (VECTORS) {
      VectorLstm.Packed weight = VectorLstm.packForward(run);
      slices(run, (first, count) -> VectorLstm.forward(run, weight, first, count));
    } else {
      slices(run, (first, count) -> ScalarLstm.forward(run, first, count));
    }
  }

  /**
   * Goes back through all steps of a run that {@link #forward} went through: replaces the gates'
   * values by the gradients of their inputs.
   *
   * @param gradient {@code [steps, batch, hidden]} of the loss by the states after each step
   * @param hidden {@code [batch, hidden]}; in: zeros, or what is added for the last state; out: the
   *     gradient by the first hidden state
   * @param cell {@code [batch, hidden]}; in: the gradient by the last cell state; out: by the first
   */
  public static void backward(
      LstmRun run, MemorySegment gradient, MemorySegment hidden, MemorySegment cell) {
    LstmSize size = run.size();
    long state = (long) size.batch() * size.hidden();
    LstmRun.require("gradient of the states", gradient, state * size.steps());
    LstmRun.require("gradient of the hidden state", hidden, state);
    LstmRun.require("gradient of the cell state", cell, state);
    LstmGradients all = new LstmGradients(gradient, hidden, cell);
    if (VECTORS) {
      VectorLstm.Packed weight = VectorLstm.packBackward(run);
      slices(run, (first, count) -> VectorLstm.backward(run, weight, all, first, count));
    } else {
      slices(run, (first, count) -> ScalarLstm.backward(run, all, first, count));
    }
  }

  private static void slices(LstmRun run, Slice slice) {
    int batch = run.size().batch();
    Parallel.forEach(
        Math.ceilDiv(batch, ROWS),
        task -> slice.run(task * ROWS, Math.min(ROWS, batch - task * ROWS)));
  }
}
