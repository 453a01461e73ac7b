package dev.swage.train.torch.program;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.train.quantize.StepSizeException;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** A compiled node: its operator, and the slots it reads and writes. */
public final class Step {
  private final Node node;
  private final Operator operator;
  private final Optional<HostOperator> host;
  private final int[] inputs;
  private final int[] outputs;
  private final int[] captures;

  /**
   * @param captures slots that graphs inside the node read
   */
  Step(
      Node node,
      Operator operator,
      Optional<HostOperator> host,
      int[] inputs,
      int[] outputs,
      int[] captures) {
    this.node = node;
    this.operator = operator;
    this.host = host;
    this.inputs = inputs;
    this.outputs = outputs;
    this.captures = captures;
  }

  /** The same node over inputs 0, 1, … and the outputs after them. */
  Step alone() {
    int[] in = new int[inputs.length];
    java.util.Arrays.setAll(in, i -> inputs[i] < 0 ? -1 : i);
    int[] out = new int[outputs.length];
    java.util.Arrays.setAll(out, i -> outputs[i] < 0 ? -1 : inputs.length + i);
    return new Step(node, operator, host, in, out, captures);
  }

  public Node node() {
    return node;
  }

  /** The slot an input is read from, −1 when it is omitted. */
  public int input(int index) {
    return index < inputs.length ? inputs[index] : -1;
  }

  public boolean reads(int slot) {
    return readSlots().anyMatch(input -> input == slot);
  }

  /** Slots that are read, those of graphs inside included. */
  IntStream readSlots() {
    return IntStream.concat(IntStream.of(inputs), IntStream.of(captures)).filter(slot -> slot >= 0);
  }

  IntStream writtenSlots() {
    return IntStream.of(outputs).filter(slot -> slot >= 0);
  }

  public int inputs() {
    return inputs.length;
  }

  int outputs() {
    return outputs.length;
  }

  /** The slot an output is written to, −1 when nobody wants it. */
  public int output(int index) {
    return index < outputs.length ? outputs[index] : -1;
  }

  boolean writes(Frame frame, Tensor value) {
    return writtenSlots().anyMatch(slot -> frame.holds(slot, value));
  }

  /** Runs the node; what libtorch rejects becomes one line that names the node. */
  void run(Frame frame) {
    Call call = new Call(frame, this);
    try {
      if (frame.run().training()) {
        compute(call);
      } else {
        try (PointerScope _ = new PointerScope()) {
          compute(call);
        }
      }
    } catch (OnnxException | StepSizeException e) {
      throw e;
    } catch (RuntimeException e) {
      throw StepFailure.of(call, node, e);
    }
  }

  private void compute(Call call) {
    Optional<dev.swage.tensor.Tensor> computed =
        host.flatMap(operatorOnHost -> operatorOnHost.apply(call));
    if (computed.isPresent()) {
      call.put(0, computed.get());
    } else {
      Tensor first = operator.apply(call);
      if (!call.isComplete()) {
        call.put(0, first);
      }
    }
  }
}
