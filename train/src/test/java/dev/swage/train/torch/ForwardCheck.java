package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.List;

/** Holds what a node gives in float32 against ONNX Runtime, where that has the form. */
final class ForwardCheck {
  private ForwardCheck() {}

  static void run(GradientCase wide) {
    GradientCase test = wide.inFloats(DType.FLOAT32);
    OnnxModel model = test.model();
    List<Tensor> inputs = test.inputs().stream().flatMap(input -> input.fed().stream()).toList();
    List<Tensor> expected = expected(model, inputs);
    try (TorchSession ours = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      List<Tensor> got = ours.outputs(inputs);
      assertThat(got).hasSameSizeAs(expected);
      for (int i = 0; i < got.size(); i++) {
        assertThat(TensorDifference.of(expected.get(i), got.get(i)))
            .as("%s: output %d", wide, i)
            .isEmpty();
      }
    }
  }

  private static List<Tensor> expected(OnnxModel model, List<Tensor> inputs) {
    try (ModelSession runtime =
        ModelSession.open("case", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return runtime.run(inputs);
    } catch (RunException e) {
      return abort("ONNX Runtime does not run it: " + e.getMessage());
    }
  }
}
