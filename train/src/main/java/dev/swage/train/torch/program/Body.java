package dev.swage.train.torch.program;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A graph inside a node, which may read values of the graphs around it. */
public final class Body {
  private final Program program;
  private final Schedule schedule;
  private final @Nullable Value[] persistent;
  private final int[] outer;
  private final int[] inner;

  /**
   * @param outer slots of the graph around it, and {@code inner} the slots here that have them
   */
  Body(Program program, @Nullable Value[] persistent, int[] outer, int[] inner) {
    this.program = program;
    this.schedule = Schedule.of(program.steps(), program.outputs());
    this.persistent = persistent;
    this.outer = outer;
    this.inner = inner;
  }

  public int inputs() {
    return program.feeds().size();
  }

  public int outputs() {
    return program.outputs().size();
  }

  int[] captures() {
    return outer;
  }

  List<Tensor> run(Frame around, List<Tensor> inputs) {
    @Nullable Value[] given = persistent.clone();
    for (int i = 0; i < outer.length; i++) {
      given[inner[i]] = around.get(outer[i]);
    }
    for (int i = 0; i < inputs.size(); i++) {
      given[program.feeds().get(i)] = Value.of(inputs.get(i));
    }
    try (Frame frame = new Frame(given, around.run())) {
      schedule.run(frame);
      List<Tensor> outputs = new ArrayList<>();
      for (int slot : program.outputs()) {
        outputs.add(kept(frame.torch(slot)));
      }
      return outputs;
    }
  }

  /** A handle of its own in the scope around, for that of the frame goes with the frame. */
  private static Tensor kept(Tensor tensor) {
    Tensor copy = new Tensor(tensor);
    return copy;
  }
}
