package dev.swage.compress;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Seeded inputs for a model nobody gave data for: standard normal floats, zero integers and
 * booleans. Open dimensions get the first of a few sizes at which ONNX Runtime runs the model.
 *
 * @param inputs what the model runs on; empty when it runs on none of what was tried
 * @param failure why it does not; empty when it does
 */
record ProbeInputs(List<List<Tensor>> inputs, Optional<String> failure) {
  private static final int COUNT = 3;
  private static final int[] OPEN_SIZES = {1, 64, 512};

  static ProbeInputs of(Path file, OnnxModel model) {
    List<ValueInfo> feeds = model.graph().feeds();
    String failure = "";
    try (ModelSession session = ModelSession.open(file)) {
      for (int size : OPEN_SIZES) {
        try {
          List<List<Tensor>> inputs = draw(feeds, size);
          session.run(inputs.getFirst());
          return new ProbeInputs(inputs, Optional.empty());
        } catch (RunException e) {
          failure = String.valueOf(e.getMessage());
        }
      }
    }
    return new ProbeInputs(
        List.of(), Optional.of("the source does not run on random inputs: " + failure));
  }

  private static List<List<Tensor>> draw(List<ValueInfo> feeds, int openSize) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    List<List<Tensor>> inputs = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      inputs.add(feeds.stream().map(feed -> draw(feed, openSize, random)).toList());
    }
    return inputs;
  }

  private static Tensor draw(ValueInfo feed, int openSize, RandomGenerator random) {
    DType dtype =
        feed.dtype()
            .orElseThrow(
                () -> new RunException("input '%s' has no element type".formatted(feed.name())));
    List<ValueInfo.Dim> dims = feed.dims().orElse(List.of());
    long[] sizes = new long[dims.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = dims.get(i) instanceof ValueInfo.Dim.Fixed(long size) ? size : openSize;
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
