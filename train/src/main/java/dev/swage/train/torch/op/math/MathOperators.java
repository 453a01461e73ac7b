package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.Operator;
import java.util.Map;

/** The mathematical operators, family by family. */
public final class MathOperators {
  private MathOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    ArithmeticOperators.addTo(table);
    ElementFunctions.addTo(table);
    ComparisonOperators.addTo(table);
    ActivationOperators.addTo(table);
    SoftMaxima.addTo(table);
    FusedActivations.addTo(table);
    MatrixOperators.addTo(table);
    ReductionOperators.addTo(table);
    CumulativeOperators.addTo(table);
    OrderOperators.addTo(table);
    LossOperators.addTo(table);
  }
}
