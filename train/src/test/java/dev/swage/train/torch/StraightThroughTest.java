package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.lib.TorchRuntime;
import dev.swage.train.torch.op.OperatorTable;
import dev.swage.train.torch.program.Dropout;
import dev.swage.train.torch.program.Frame;
import dev.swage.train.torch.program.Persistents;
import dev.swage.train.torch.program.Program;
import dev.swage.train.torch.program.ProgramCompiler;
import dev.swage.train.torch.program.Run;
import dev.swage.train.torch.program.Schedule;
import dev.swage.train.torch.program.Value;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** What a quantized network learns: rounding is passed through, what was clipped learns nothing. */
final class StraightThroughTest {
  private static final float SCALE = 0.5f;

  /** Codes of INT8 around zero point 3: 0.3 / 0.5 rounds to 1, 80 is clipped to 127 − 3. */
  private static final float[] X = {0.3f, -1.25f, 80, -80};

  private static final OnnxModel MODEL =
      OnnxModel.of(
          Graph.builder("g")
              .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(4)))
              .input(ValueInfo.of("scale", DType.FLOAT32, Shape.of()))
              .initializer("zero", Tensor.ofBytes(DType.INT8, Shape.of(), 3))
              .node(Node.of("q", "QuantizeLinear", List.of("x", "scale", "zero"), "codes"))
              .node(Node.of("t", "Transpose", List.of("codes"), "moved"))
              .node(Node.of("d", "DequantizeLinear", List.of("moved", "scale", "zero"), "y"))
              .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(4)))
              .build());

  @Test
  void clipped_values_get_no_gradient_and_others_all_of_it() {
    TorchRuntime.require();
    try (PointerScope _ = new PointerScope();
        Persistents persistents = new Persistents()) {
      Program program = ProgramCompiler.compile(MODEL, Set.of(), new OperatorTable(), persistents);
      org.bytedeco.pytorch.Tensor x = TensorBridge.upload(Tensor.ofFloats(Shape.of(4), X));
      org.bytedeco.pytorch.Tensor scale = TensorBridge.upload(Tensor.ofFloats(Shape.of(), SCALE));
      x.set_requires_grad(true);
      scale.set_requires_grad(true);
      Value[] slots = new Value[program.slots().size()];
      program
          .constants()
          .forEach((name, value) -> slots[program.slot(name)] = persistents.constant(value));
      slots[program.slot("x")] = Value.of(x);
      slots[program.slot("scale")] = Value.of(scale);
      try (Frame frame = new Frame(slots, new Run(Run.Mode.TRAINING, new Dropout(1)))) {
        Schedule.of(program.steps(), program.outputs()).run(frame);
        org.bytedeco.pytorch.Tensor y = frame.torch(program.slot("y"));
        assertThat(TensorBridge.download(y).toFloats()).containsExactly(0.5f, -1, 62, -65.5f);
        y.sum().backward();
      }
      assertThat(TensorBridge.download(x.grad()).toFloats()).containsExactly(1, 1, 0, 0);
      // What is dequantized is (code − zero point) · scale: 1 − 2 + 124 − 131.
      assertThat(TensorBridge.download(scale.grad()).toFloats()).containsExactly(-8);
    }
  }
}
