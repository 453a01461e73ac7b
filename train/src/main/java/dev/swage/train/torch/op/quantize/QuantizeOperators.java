package dev.swage.train.torch.op.quantize;

import dev.swage.train.torch.program.Operator;
import java.util.Map;

/** All families of this package. */
public final class QuantizeOperators {
  private QuantizeOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    LinearQuantization.addTo(table);
    DynamicQuantization.addTo(table);
    IntegerProducts.addTo(table);
    IntegerConvolutions.addTo(table);
    NibbleProducts.addTo(table);
    FakeQuantization.addTo(table);
  }
}
