package dev.swage.train.torch.op.window;

import dev.swage.train.torch.op.resize.ResizeOperators;
import dev.swage.train.torch.program.Operator;
import java.util.Map;

/** The spatial operators, family by family. */
public final class WindowOperators {
  private WindowOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    ConvolutionOperators.addTo(table);
    table.put("MaxPool", MaxPooling::compile);
    table.put("MaxUnpool", MaxUnpooling::compile);
    table.put("AveragePool", AveragePooling::compile);
    GlobalPooling.addTo(table);
    ResizeOperators.addTo(table);
    SamplingOperators.addTo(table);
    SpectralOperators.addTo(table);
  }
}
