package dev.swage.compress;

import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Seeded inputs for a model nobody gave data for: standard normal floats, zero integers and
 * booleans, open dimensions of 1.
 */
final class ProbeInputs {
  private static final int COUNT = 3;

  private ProbeInputs() {}

  static List<List<Tensor>> of(List<ValueInfo> feeds) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    List<List<Tensor>> inputs = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      inputs.add(feeds.stream().map(feed -> draw(feed, random)).toList());
    }
    return inputs;
  }

  private static Tensor draw(ValueInfo feed, RandomGenerator random) {
    DType dtype =
        feed.dtype()
            .orElseThrow(() ->
                new CompressException(
                    "input '%s' has no element type; check the file with data of your own"
                        .formatted(feed.name())));
    List<ValueInfo.Dim> dims = feed.dims().orElse(List.of());
    long[] sizes = new long[dims.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = dims.get(i) instanceof ValueInfo.Dim.Fixed(long size) ? size : 1;
    }
    Shape shape = Shape.of(sizes);
    if (dtype != DType.FLOAT32) {
      return Tensor.of(dtype, shape, Bytes.allocate(dtype.bytes(shape.elements())));
    }
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.ofFloats(shape, values);
  }
}
