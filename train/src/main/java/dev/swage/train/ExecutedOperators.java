package dev.swage.train;

import dev.swage.train.torch.Reachability;
import dev.swage.train.torch.op.OperatorTable;
import java.util.Set;

/** What the executor of training can do with operators. */
public final class ExecutedOperators {
  /** Their values never change, or they are computed before anything runs. */
  private static final Set<String> BEFORE = Set.of("Constant");

  private ExecutedOperators() {}

  /**
   * Whether a node of this kind can be run.
   *
   * @param domain of the operator, empty for ONNX's own
   */
  public static boolean runs(String domain, String opType) {
    String name = domain.isEmpty() ? opType : domain + ":" + opType;
    return BEFORE.contains(opType) || OperatorTable.names().contains(name);
  }

  /** Whether weights before such a node can be trained through it. */
  public static boolean hasGradient(String domain, String opType) {
    return runs(domain, opType) && !BEFORE.contains(opType) && Reachability.hasGradient(opType);
  }
}
