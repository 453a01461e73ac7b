package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
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
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Holds a node's gradient against central differences in float64. All outputs are weighted with
 * fixed random numbers and added up; each input element (some of them, where there are many) is
 * moved by a small step to both sides.
 */
final class GradientCheck implements AutoCloseable {
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-6;
  private static final int MOST_ELEMENTS = 150;

  private final GradientCase test;
  private final Persistents persistents = new Persistents();
  private final Program program;
  private final Schedule schedule;
  private final List<Optional<Value>> values = new ArrayList<>();

  private GradientCheck(GradientCase test) {
    this.test = test;
    this.program =
        ProgramCompiler.compile(test.model(), Set.of(), new OperatorTable(), persistents);
    this.schedule = Schedule.of(program.steps(), program.outputs());
    for (GradientCase.Input input : test.inputs()) {
      values.add(input.value().map(value -> upload(value, input.differentiated())));
    }
  }

  private static Value upload(Tensor host, boolean differentiated) {
    org.bytedeco.pytorch.Tensor tensor = TensorBridge.upload(host);
    if (differentiated) {
      tensor.set_requires_grad(true);
    }
    return host.dtype().isFloat() ? Value.of(tensor) : Value.of(host, tensor);
  }

  /** Fails where the gradient is not the slope. */
  static void run(GradientCase test) {
    TorchRuntime.require();
    try (PointerScope _ = new PointerScope();
        GradientCheck check = new GradientCheck(test)) {
      check.compare();
    }
  }

  @Override
  public void close() {
    persistents.close();
  }

  private void compare() {
    try (Frame frame = frame()) {
      schedule.run(frame);
      sum(frame).backward();
    }
    boolean any = false;
    for (int i = 0; i < values.size(); i++) {
      if (test.inputs().get(i).differentiated()) {
        compare(i, values.get(i).orElseThrow().torch());
        any = true;
      }
    }
    assertThat(any).as("an input is differentiated").isTrue();
  }

  private void compare(int input, org.bytedeco.pytorch.Tensor tensor) {
    if (tensor.numel() == 0) {
      return;
    }
    assertThat(tensor.grad().defined()).as("input %d has a gradient", input).isTrue();
    double[] got = doubles(tensor.grad());
    MemorySegment memory = TensorBridge.memory(tensor, DType.FLOAT64.bytes(got.length));
    int stride = Math.max(1, got.length / MOST_ELEMENTS);
    for (int at = 0; at < got.length; at += stride) {
      double expected = slope(memory, at);
      assertThat(got[at])
          .as("input %d, element %d", input, at)
          .isCloseTo(expected, within(TOLERANCE * Math.max(1, Math.abs(expected))));
    }
  }

  private double slope(MemorySegment memory, int at) {
    double original = memory.getAtIndex(Tensor.LE_DOUBLE, at);
    double step = STEP * Math.max(1, Math.abs(original));
    memory.setAtIndex(Tensor.LE_DOUBLE, at, original + step);
    double above = value();
    memory.setAtIndex(Tensor.LE_DOUBLE, at, original - step);
    double below = value();
    memory.setAtIndex(Tensor.LE_DOUBLE, at, original);
    return (above - below) / (2 * step);
  }

  private double value() {
    try (PointerScope _ = new PointerScope();
        AutoGradMode _ = new NoGradGuard();
        Frame frame = frame()) {
      schedule.run(frame);
      return sum(frame).item_double();
    }
  }

  private Frame frame() {
    Value[] persistent = new Value[program.slots().size()];
    program
        .constants()
        .forEach((name, host) ->
            persistent[program.slot(name)] = Value.of(host, TensorBridge.upload(host)));
    for (int i = 0; i < values.size(); i++) {
      int input = i;
      values.get(i).ifPresent(value -> persistent[program.slot("x" + input)] = value);
    }
    return new Frame(
        persistent,
        new Run(test.training() ? Run.Mode.TRAINING : Run.Mode.EVALUATION, new Dropout(1)));
  }

  /** Of all float outputs, weighted. */
  private org.bytedeco.pytorch.Tensor sum(Frame frame) {
    org.bytedeco.pytorch.Tensor sum =
        TensorBridge.upload(GradientCase.doubles(dev.swage.tensor.Shape.of(), 0));
    for (int i = 0; i < program.outputs().size(); i++) {
      org.bytedeco.pytorch.Tensor output = frame.torch(program.outputs().get(i));
      if (output.is_floating_point()) {
        sum = sum.add(output.mul(weights(output, i)).sum());
      }
    }
    return sum;
  }

  private static org.bytedeco.pytorch.Tensor weights(org.bytedeco.pytorch.Tensor output, int seed) {
    RandomGenerator random = TestFloats.random(90 + seed);
    double[] weights = new double[Math.toIntExact(output.numel())];
    java.util.Arrays.setAll(weights, i -> random.nextGaussian());
    return TensorBridge.upload(GradientCase.doubles(TensorBridge.shape(output), weights));
  }

  private static double[] doubles(org.bytedeco.pytorch.Tensor tensor) {
    return TensorBridge.download(tensor).data().toArray(Tensor.LE_DOUBLE);
  }
}
