package dev.swage.onnx.op;

/** What a node does with one of its inputs. */
public sealed interface InputRole {
  /** The signal the node works on. */
  record Activation() implements InputRole {}

  /** A weight. */
  record Weight(WeightKind kind) implements InputRole {}

  /** Is added; both operands of Add. */
  record Bias() implements InputRole {}

  /** Scale or shift of a normalization, or another operand that it adds. */
  record Normalization() implements InputRole {}

  /** Running mean or variance. */
  record Statistic() implements InputRole {}

  /** Initial state of a recurrence. */
  record State() implements InputRole {}

  /** Peephole weight of an LSTM. */
  record Peephole() implements InputRole {}

  /** Codes, scale or zero point of a quantization. */
  record Quantization() implements InputRole {}

  /** Shape, axes, pads, indices, bounds, ratio: settings, no signal. */
  record Shape() implements InputRole {}

  /** None of these, or not known. */
  record Other() implements InputRole {}
}
