package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;

/** Comparison, logic, and arithmetic on bits. */
final class ComparisonOperators {
  private ComparisonOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    Broadcast.binary(table, "Equal", torch::eq);
    Broadcast.binary(table, "Less", torch::lt);
    Broadcast.binary(table, "LessOrEqual", torch::le);
    Broadcast.binary(table, "Greater", torch::gt);
    Broadcast.binary(table, "GreaterOrEqual", torch::ge);
    Broadcast.binary(table, "And", torch::logical_and);
    Broadcast.binary(table, "Or", torch::logical_or);
    Broadcast.binary(table, "Xor", torch::logical_xor);
    ElementFunctions.unary(table, "Not", torch::logical_not);
    Broadcast.binary(table, "BitwiseAnd", torch::bitwise_and);
    Broadcast.binary(table, "BitwiseOr", torch::bitwise_or);
    Broadcast.binary(table, "BitwiseXor", torch::bitwise_xor);
    ElementFunctions.unary(table, "BitwiseNot", torch::bitwise_not);
    table.put("BitShift", ComparisonOperators::shift);
  }

  private static Operator shift(NodeContext node) {
    boolean left = node.stringAttribute("direction", "").equals("LEFT");
    return call ->
        left
            ? torch.bitwise_left_shift(call.in(0), call.in(1))
            : torch.bitwise_right_shift(call.in(0), call.in(1));
  }
}
