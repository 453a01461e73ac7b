package dev.swage.train.torch.op.norm;

import dev.swage.train.torch.program.Operator;
import java.util.Map;

/** The normalizations, family by family. */
public final class NormOperators {
  private NormOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    NormalizationOperators.addTo(table);
    LayerNormalizations.addTo(table);
    ChannelNormalizations.addTo(table);
  }
}
