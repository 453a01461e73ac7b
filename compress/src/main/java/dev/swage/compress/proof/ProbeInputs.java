package dev.swage.compress.proof;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Seeded inputs for a model nobody gave data for: standard normal floats; integers and booleans of
 * 0 and 1, or of zeros where the model does not run on ones. Open dimensions get the first of a few
 * sizes at which ONNX Runtime runs the model: {@link ProbeSizes}.
 *
 * @param inputs what the model runs on; empty when it runs on none of what was tried
 * @param failure why it does not; empty when it does
 */
record ProbeInputs(List<List<Tensor>> inputs, Optional<String> failure) {
  private static final int COUNT = 3;

  static ProbeInputs of(Path file, OnnxModel model) {
    List<ValueInfo> feeds = model.graph().feeds();
    String failure = "";
    try (ModelSession session = ModelSession.open(file)) {
      for (ProbeSizes sizes : ProbeSizes.candidates(feeds)) {
        for (int integers = 2; integers >= 1; integers--) {
          try {
            return new ProbeInputs(inputs(session, sizes, feeds, integers), Optional.empty());
          } catch (RunException e) {
            failure = failure.isEmpty() ? String.valueOf(e.getMessage()) : failure;
          }
        }
      }
    }
    return new ProbeInputs(
        List.of(), Optional.of("the source does not run on random inputs: " + failure));
  }

  /** The first is tried before the others are drawn. */
  private static List<List<Tensor>> inputs(
      ModelSession session, ProbeSizes sizes, List<ValueInfo> feeds, int integers) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    List<List<Tensor>> inputs = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      inputs.add(feeds.stream().map(feed -> draw(feed, sizes, integers, random)).toList());
      if (i == 0) {
        session.run(inputs.getFirst());
      }
    }
    return inputs;
  }

  private static Tensor draw(
      ValueInfo feed, ProbeSizes sizes, int integers, RandomGenerator random) {
    DType dtype =
        feed.dtype()
            .orElseThrow(
                () -> new RunException("input '%s' has no element type".formatted(feed.name())));
    Shape shape = sizes.shape(feed);
    if (dtype == DType.FLOAT32) {
      float[] values = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return Tensor.ofFloats(shape, values);
    }
    MemorySegment bytes = HeapMemory.allocate(dtype.bytes(shape.elements()));
    if (!dtype.isFloat() && dtype.bits() >= 8) {
      // Little-endian: the number goes in the first byte of each element.
      for (long at = 0; at < bytes.byteSize(); at += dtype.bits() / 8) {
        bytes.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(integers));
      }
    }
    return Tensor.of(dtype, shape, bytes);
  }
}
