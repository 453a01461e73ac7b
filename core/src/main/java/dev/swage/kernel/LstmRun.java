package dev.swage.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The memory of an LSTM layer's run, float32, native order, contiguous.
 *
 * @param recurrent the recurrent weight {@code [4·hidden, hidden]}, gates in ONNX's order i o f c
 * @param firstHidden {@code [batch, hidden]}: the state before the first step
 * @param firstCell {@code [batch, hidden]}
 * @param gates {@code [steps, batch, 4·hidden]}. Before the forward pass: what inputs and biases
 *     add to each gate. After it: the gates' values. After the backward pass: the gradient of what
 *     was there first.
 * @param hidden {@code [steps, batch, hidden]}: the state after each step
 * @param cells {@code [steps, batch, hidden]}
 */
public record LstmRun(
    LstmSize size,
    MemorySegment recurrent,
    MemorySegment firstHidden,
    MemorySegment firstCell,
    MemorySegment gates,
    MemorySegment hidden,
    MemorySegment cells) {
  public LstmRun {
    long state = (long) size.batch() * size.hidden();
    require("recurrent weight", recurrent, (long) size.gates() * size.hidden());
    require("first hidden state", firstHidden, state);
    require("first cell state", firstCell, state);
    require("gates", gates, state * LstmSize.GATES * size.steps());
    require("hidden states", hidden, state * size.steps());
    require("cell states", cells, state * size.steps());
  }

  static void require(String what, MemorySegment segment, long elements) {
    if (segment.byteSize() != elements * Float.BYTES) {
      throw new IllegalArgumentException(
          "%s has %d bytes, expected %d floats".formatted(what, segment.byteSize(), elements));
    }
  }

  /** Where the values of one sequence at one step begin in {@link #hidden}, in elements. */
  long at(int step, int sequence) {
    return ((long) step * size.batch() + sequence) * size.hidden();
  }
}
