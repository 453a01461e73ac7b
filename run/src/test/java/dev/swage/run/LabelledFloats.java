package dev.swage.run;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A data set in memory: float samples of one shape, with class labels. */
public record LabelledFloats(Shape sample, List<float[]> samples, List<Long> labels, int classCount)
    implements DataSource {

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public int size() {
    return samples.size();
  }

  @Override
  public List<Shape> inputShapes() {
    return List.of(sample);
  }

  @Override
  public OptionalInt classes() {
    return OptionalInt.of(classCount);
  }

  @Override
  public Batch batch(int... indices) {
    int width = Math.toIntExact(sample.elements());
    float[] values = new float[indices.length * width];
    long[] targets = new long[indices.length];
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(samples.get(indices[i]), 0, values, i * width, width);
      targets[i] = labels.get(indices[i]);
    }
    long[] dims = new long[sample.rank() + 1];
    dims[0] = indices.length;
    System.arraycopy(sample.toArray(), 0, dims, 1, sample.rank());
    return new Batch(
        List.of(Tensor.ofFloats(Shape.of(dims), values)),
        Optional.of(Tensor.ofLongs(Shape.of(indices.length), targets)));
  }

  @Override
  public String hash() {
    return Integer.toHexString(labels.hashCode());
  }
}
