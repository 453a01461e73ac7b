package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Small integers give the same on the host as in libtorch, and stay there. */
final class HostOperatorsTest {
  private static final Tensor GRID = Tensor.ofLongs(Shape.of(2, 3), 5, -7, 9, 2, 0, -4);
  private static final Tensor ROW = Tensor.ofLongs(Shape.of(3), 2, -3, 4);
  private static final Tensor COLUMN = Tensor.ofLongs(Shape.of(2, 1), 3, -2);
  private static final Tensor TRUTH = Tensor.ofBytes(DType.BOOL, Shape.of(2, 1), 1, 0);

  private static GradientCase of(String operator, Tensor... inputs) {
    GradientCase test = GradientCase.of(operator);
    for (Tensor input : inputs) {
      test = test.fixed(input);
    }
    return test;
  }

  private static Tensor longs(long... values) {
    return Tensor.ofLongs(Shape.of(values.length), values);
  }

  static List<GradientCase> arithmetic() {
    return List.of(
        of("Add", GRID, ROW),
        of("Sub", COLUMN, ROW),
        of("Mul", GRID, COLUMN),
        of("Div", GRID, ROW),
        of("Mod", GRID, ROW),
        of("Mod", GRID, ROW).set("fmod", 1),
        of("Min", GRID, ROW),
        of("Max", GRID, COLUMN),
        of("Neg", GRID),
        of("Abs", GRID),
        of("Equal", GRID, ROW),
        of("Less", GRID, COLUMN),
        of("GreaterOrEqual", GRID, ROW),
        of("Not", TRUTH),
        of("Cast", GRID).set("to", 9),
        of("Cast", GRID).set("to", 1),
        of("Where", TRUTH, GRID, ROW));
  }

  static List<GradientCase> moves() {
    return List.of(
        of("Reshape", GRID, longs(3, -1)),
        of("Squeeze", COLUMN),
        of("Unsqueeze", ROW, longs(-1, 0)),
        of("Transpose", GRID),
        of("Expand", COLUMN, longs(2, 2, 3)),
        of("Gather", GRID, longs(-1, 0, 0)).set("axis", 1),
        of("Gather", GRID, Tensor.ofLongs(Shape.of(), 1)),
        of("Concat", GRID, COLUMN).set("axis", -1),
        of("Slice", GRID, longs(-1, 0), longs(-9, 3), longs(1, 0), longs(-2, 1)),
        of("Slice", ROW, longs(1), longs(1)),
        of("ScatterND", ROW, Tensor.ofLongs(Shape.of(2, 1), -1, 0), longs(8, 9)),
        of("ReduceProd", ROW).set("keepdims", 0),
        of("Range", Tensor.ofLongs(Shape.of(), 9), longs(-2), longs(-4)),
        of("ConstantOfShape", longs(2, 3))
            .attribute("value", new dev.swage.onnx.Attribute.TensorValue(longs(7))));
  }

  @ParameterizedTest
  @MethodSource({"arithmetic", "moves"})
  void host_and_libtorch_agree(GradientCase test) {
    TorchRuntime.require();
    try (PointerScope _ = new PointerScope();
        AutoGradMode _ = new NoGradGuard();
        Persistents persistents = new Persistents()) {
      Program program =
          ProgramCompiler.compile(test.model(), Set.of(), new OperatorTable(), persistents);
      Value host = output(program, test, true);
      Value torch = output(program, test, false);
      assertThat(host.isOnHost()).as("stays on the host").isTrue();
      assertThat(torch.isOnHost()).as("was computed by libtorch").isFalse();
      assertThat(TensorDifference.of(torch.host(), host.host())).isEmpty();
    }
  }

  private static Value output(Program program, GradientCase test, boolean onHost) {
    Value[] slots = new Value[program.slots().size()];
    for (int i = 0; i < test.inputs().size(); i++) {
      Tensor input = test.inputs().get(i).value().orElseThrow();
      org.bytedeco.pytorch.Tensor uploaded = TensorBridge.upload(input);
      slots[program.slot("x" + i)] = onHost ? Value.of(input, uploaded) : Value.of(uploaded);
    }
    Frame frame = new Frame(slots, new Run(Run.Mode.EVALUATION, new Dropout(1)));
    Schedule.of(program.steps(), program.outputs()).run(frame);
    return frame.get(program.outputs().getFirst());
  }
}
