package dev.swage.train.torch.op.control;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.Value;
import java.util.ArrayList;
import java.util.List;

/** The values that a loop hands from one trip to the next. */
final class Carried {
  private final Call call;
  private List<Value> values;
  private boolean own;

  /**
   * @param first the node's input with the first of them
   */
  Carried(Call call, int count, int first) {
    this.call = call;
    List<Value> initial = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      initial.add(call.value(first + i));
    }
    this.values = initial;
  }

  /** Values that are given already, and belong to the caller. */
  Carried(Call call, List<Value> initial) {
    this.call = call;
    this.values = initial;
  }

  List<Value> values() {
    return values;
  }

  /** Takes what a trip gave, and gives up what the trip before gave. */
  void replace(List<Value> next) {
    if (own) {
      values.forEach(call::giveUp);
    }
    values = List.copyOf(next);
    own = true;
  }
}
