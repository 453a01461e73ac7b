package dev.swage.train.torch.program;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.jspecify.annotations.Nullable;

/** Nodes whose inputs are all constants: run once, before the first step. */
final class ConstantStep {
  /** What is larger, and larger than what it is made of, is computed at every run. */
  private static final long LARGEST_GROWN = 1 << 20;

  /** They differ in training. */
  private static final Set<String> BY_MODE = Set.of("Dropout", "BatchNormalization");

  private ConstantStep() {}

  /** The outputs that somebody wants; empty where the node has to run each time. */
  static Optional<List<Tensor>> compute(Step step, Map<String, Tensor> constants) {
    if (!isConstant(step.node(), constants)) {
      return Optional.empty();
    }
    Step alone = step.alone();
    int slots = alone.inputs() + alone.outputs();
    @Nullable Value[] values = new Value[slots];
    long bytes = 0;
    for (int i = 0; i < alone.inputs(); i++) {
      if (alone.input(i) >= 0) {
        Tensor value = java.util.Objects.requireNonNull(constants.get(step.node().input(i)));
        values[i] = Value.ofHost(value);
        bytes += value.byteSize();
      }
    }
    return run(alone, values, Math.max(bytes, LARGEST_GROWN));
  }

  private static boolean isConstant(Node node, Map<String, Tensor> constants) {
    return node.subgraphs().isEmpty()
        && !BY_MODE.contains(node.opType())
        && !OperatorFacts.of(node).isRandom()
        && node.inputs().stream().allMatch(name -> name.isEmpty() || constants.containsKey(name));
  }

  /** What fails here is left to the run, whose message names the node. */
  private static Optional<List<Tensor>> run(Step step, @Nullable Value[] values, long most) {
    try (PointerScope _ = new PointerScope();
        AutoGradMode _ = new NoGradGuard();
        Frame frame = new Frame(values, new Run(Run.Mode.EVALUATION, new Dropout(0)))) {
      step.run(frame);
      List<Tensor> outputs = new ArrayList<>();
      for (int i = 0; i < step.outputs(); i++) {
        if (step.output(i) >= 0) {
          outputs.add(frame.get(step.output(i)).host());
        }
      }
      return outputs.stream().allMatch(output -> output.byteSize() <= most)
          ? Optional.of(outputs)
          : Optional.empty();
    } catch (OnnxException | IllegalStateException e) {
      return Optional.empty();
    }
  }
}
