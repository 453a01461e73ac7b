package dev.swage.train.torch.op.control;

import dev.swage.train.torch.program.Body;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.List;
import java.util.Map;

/** All operators of this package. */
public final class ControlOperators {
  private ControlOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    table.put("If", ControlOperators::branch);
    table.put("Loop", Loop::operator);
    table.put("Scan", Scan::operator);
  }

  private static Operator branch(NodeContext node) {
    Body yes = node.body("then_branch");
    Body no = node.body("else_branch");
    return call -> call.putAll(call.run(call.longs(0)[0] != 0 ? yes : no, List.of()));
  }
}
