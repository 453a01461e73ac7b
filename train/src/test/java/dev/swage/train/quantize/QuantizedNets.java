package dev.swage.train.quantize;

import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Quantizers for tests. */
public final class QuantizedNets {
  private QuantizedNets() {}

  /** A weight with a scale for each index of an axis, that of its range. */
  public static TrainedQuantizer weight(
      OnnxModel model, String name, int bits, int axis, QuantizerMethod method) {
    Tensor weight = Objects.requireNonNull(model.graph().initializers().get(name), name);
    QuantScheme scheme = QuantScheme.symmetric(bits, Granularity.perChannel(axis));
    QuantParams params = Quantizer.quantize(weight, scheme, RangeEstimator.minMax()).params();
    return new TrainedQuantizer(
        TrainedQuantizer.Kind.WEIGHT, name, weight.shape(), scheme, params, method, name, Set.of());
  }

  /** A value with codes of uint8 that use so many bits. */
  public static TrainedQuantizer activation(
      String name, int bits, float scale, int zero, QuantizerMethod method) {
    return new TrainedQuantizer(
        TrainedQuantizer.Kind.ACTIVATION,
        name,
        Shape.of(),
        new QuantScheme(DType.UINT8, bits, false, Granularity.perTensor()),
        new QuantParams(Shape.of(), new float[] {scale}, new int[] {zero}),
        method,
        name,
        Set.of());
  }

  /** The same, read by these nodes, with the scale of another. */
  public static TrainedQuantizer with(
      TrainedQuantizer quantizer, String group, Set<String> readers) {
    return new TrainedQuantizer(
        quantizer.kind(),
        quantizer.value(),
        quantizer.shape(),
        quantizer.scheme(),
        quantizer.params(),
        quantizer.method(),
        group,
        readers);
  }

  /** All weights of dense and convolution layers with 4 bits, and these values with 8. */
  public static OnnxModel quantized(OnnxModel model, QuantizerMethod method, String... values) {
    List<TrainedQuantizer> quantizers = new ArrayList<>();
    model
        .graph()
        .initializers()
        .forEach((name, value) -> {
          if (value.shape().rank() > 1
              && value.dtype() == DType.FLOAT32
              && !name.contains("bias")) {
            int axis = name.startsWith("dense") || name.startsWith("lstm") ? 1 : 0;
            quantizers.add(weight(model, name, 4, axis, method));
          }
        });
    for (String value : values) {
      quantizers.add(activation(value, 8, 0.03f, 100, method));
    }
    return QuantizedGraph.of(model, quantizers, true).model();
  }
}
