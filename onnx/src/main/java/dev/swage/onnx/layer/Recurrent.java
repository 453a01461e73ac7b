package dev.swage.onnx.layer;

import java.util.Optional;

/**
 * A recurrent layer over {@code [steps, features]}.
 *
 * @param kind which cell
 * @param hidden width of its state
 * @param bidirectional whether a second cell reads the sequence from its end; their states stand
 *     side by side
 * @param output what the layer gives
 * @param init how the input weights are drawn; empty for the network's choice, or Glorot uniform
 * @param recurrentInit how each gate's recurrent matrix is drawn; orthogonal at first
 * @param forgetBias of an LSTM's forget gate at the start: 1 keeps what the cell remembers
 *     (Jozefowicz et al. 2015); unused by the others
 */
public record Recurrent(
    Kind kind,
    int hidden,
    boolean bidirectional,
    Output output,
    Optional<WeightInit> init,
    WeightInit recurrentInit,
    double forgetBias) {

  /** The cell. */
  public enum Kind {
    /** {@code h' = tanh(W·x + R·h + b)}. */
    RNN_TANH("rnn", "RNN", 1),
    /** {@code h' = max(0, W·x + R·h + b)}. */
    RNN_RELU("rnn", "RNN", 1),
    /** Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates). */
    LSTM("lstm", "LSTM", 4),
    /** Gated recurrent unit with the reset after the recurrent product (Cho et al. 2014, v3). */
    GRU("gru", "GRU", 3);

    private final String label;
    private final String operator;
    private final int gates;

    Kind(String label, String operator, int gates) {
      this.label = label;
      this.operator = operator;
      this.gates = gates;
    }

    String label() {
      return label;
    }

    String operator() {
      return operator;
    }

    int gates() {
      return gates;
    }
  }

  /** What a layer hands on. */
  public enum Output {
    /** The state after every step, {@code [steps, width]}. */
    SEQUENCE,
    /** The state after the last step, {@code [width]}. */
    LAST
  }

  public Recurrent {
    if (hidden < 1) {
      throw new IllegalArgumentException("hidden must be at least 1, got " + hidden);
    }
  }

  private static Recurrent of(Kind kind, int hidden) {
    return new Recurrent(
        kind, hidden, false, Output.SEQUENCE, Optional.empty(), WeightInit.ORTHOGONAL, 1);
  }

  public static Recurrent rnn(int hidden) {
    return of(Kind.RNN_TANH, hidden);
  }

  public static Recurrent reluRnn(int hidden) {
    return of(Kind.RNN_RELU, hidden);
  }

  public static Recurrent lstm(int hidden) {
    return of(Kind.LSTM, hidden);
  }

  public static Recurrent gru(int hidden) {
    return of(Kind.GRU, hidden);
  }

  /** With a second cell that reads from the end. */
  public Recurrent inBothDirections() {
    return new Recurrent(kind, hidden, true, output, init, recurrentInit, forgetBias);
  }

  /** Giving the state after the last step only. */
  public Recurrent last() {
    return new Recurrent(kind, hidden, bidirectional, Output.LAST, init, recurrentInit, forgetBias);
  }

  public Recurrent init(WeightInit choice) {
    return new Recurrent(
        kind, hidden, bidirectional, output, Optional.of(choice), recurrentInit, forgetBias);
  }

  public Recurrent recurrentInit(WeightInit choice) {
    return new Recurrent(kind, hidden, bidirectional, output, init, choice, forgetBias);
  }

  public Recurrent forgetBias(double value) {
    return new Recurrent(kind, hidden, bidirectional, output, init, recurrentInit, value);
  }

  int directions() {
    return bidirectional ? 2 : 1;
  }
}
