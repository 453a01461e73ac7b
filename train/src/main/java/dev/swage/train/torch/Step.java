package dev.swage.train.torch;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** A compiled node: its operator, and the slots it reads and writes. */
final class Step {
  private final Node node;
  private final Operator operator;
  private final int[] inputs;
  private final int[] outputs;

  Step(Node node, Operator operator, int[] inputs, int[] outputs) {
    this.node = node;
    this.operator = operator;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  Node node() {
    return node;
  }

  /** The slot an input is read from, −1 when it is omitted. */
  int input(int index) {
    return index < inputs.length ? inputs[index] : -1;
  }

  boolean reads(int slot) {
    return IntStream.of(inputs).anyMatch(input -> input == slot);
  }

  int inputs() {
    return inputs.length;
  }

  /** The slot an output is written to, −1 when nobody wants it. */
  int output(int index) {
    return index < outputs.length ? outputs[index] : -1;
  }

  /** Runs the node; what libtorch rejects becomes one line that names the node. */
  void run(Frame frame) {
    Call call = new Call(frame, this);
    try {
      Tensor first = operator.apply(call);
      call.put(0, first);
    } catch (OnnxException e) {
      throw e;
    } catch (RuntimeException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new OnnxException("%s: %s".formatted(node.describe(), reason), e);
    }
  }
}
