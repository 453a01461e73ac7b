package dev.swage.kernel;

/**
 * The size of an LSTM layer's run over a batch.
 *
 * @param steps length of the sequences
 * @param batch number of sequences
 * @param hidden width of the state
 */
public record LstmSize(int steps, int batch, int hidden) {
  /** Input, output, forget and candidate, in ONNX's order. */
  static final int GATES = 4;

  public LstmSize {
    if (steps < 1 || batch < 1 || hidden < 1) {
      throw new IllegalArgumentException(
          "an LSTM needs positive sizes, got %d steps, batch %d, hidden %d"
              .formatted(steps, batch, hidden));
    }
    Math.multiplyExact(GATES * hidden, hidden); // the recurrent weight fits an array
  }

  /** Elements of all gates of one sequence at one step. */
  int gates() {
    return GATES * hidden;
  }
}
