package dev.swage.train.torch.program;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is said of a node that could not be run: libtorch's reason, and what the node got. */
final class StepFailure {
  private StepFailure() {}

  static OnnxException of(Call call, Node node, RuntimeException cause) {
    String reason = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < call.inputs(); i++) {
      if (call.has(i)) {
        inputs.add("'%s' %s".formatted(node.input(i), Arrays.toString(call.dims(i))));
      }
    }
    return new OnnxException(
        "%s: %s; it reads %s".formatted(node.describe(), reason, String.join(", ", inputs)), cause);
  }
}
