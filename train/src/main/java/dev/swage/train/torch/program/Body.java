package dev.swage.train.torch.program;

import java.util.ArrayList;
import java.util.List;
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

  List<Value> run(Frame around, List<Value> inputs) {
    @Nullable Value[] given = persistent.clone();
    for (int i = 0; i < outer.length; i++) {
      given[inner[i]] = around.get(outer[i]);
    }
    for (int i = 0; i < inputs.size(); i++) {
      given[program.feeds().get(i)] = inputs.get(i);
    }
    try (Frame frame = new Frame(given, around.run())) {
      schedule.run(frame);
      List<Value> outputs = new ArrayList<>();
      for (int slot : program.outputs()) {
        outputs.add(frame.get(slot).kept());
      }
      return outputs;
    }
  }
}
