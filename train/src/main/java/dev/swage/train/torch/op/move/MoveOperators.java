package dev.swage.train.torch.op.move;

import dev.swage.train.torch.program.Operator;
import java.util.Map;

/** All families of this package. */
public final class MoveOperators {
  private MoveOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    LayoutOperators.addTo(table);
    JoinOperators.addTo(table);
    SliceOperators.addTo(table);
    PadOperators.addTo(table);
    GatherOperators.addTo(table);
    ScatterOperators.addTo(table);
    FillOperators.addTo(table);
    SelectOperators.addTo(table);
    UniqueOperators.addTo(table);
    ColumnsToImage.addTo(table);
    BoxSelection.addTo(table);
    CastOperators.addTo(table);
  }
}
