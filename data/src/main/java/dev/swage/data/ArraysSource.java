package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/** Several named inputs and their targets, all addressed by sample. */
record ArraysSource(String name, List<String> inputNames, List<TensorRows> rows, Targets targets)
    implements DataSource {
  ArraysSource {
    inputNames = List.copyOf(inputNames);
    rows = List.copyOf(rows);
  }

  @Override
  public int size() {
    return rows.getFirst().size();
  }

  @Override
  public List<Shape> inputShapes() {
    return rows.stream().map(TensorRows::shape).toList();
  }

  @Override
  public OptionalInt classes() {
    int count = classNames().size();
    return count == 0 ? OptionalInt.empty() : OptionalInt.of(count);
  }

  @Override
  public List<String> classNames() {
    return targets.classNames();
  }

  @Override
  public Batch batch(int... indices) {
    for (int index : indices) {
      Objects.checkIndex(index, size());
    }
    List<Tensor> stacked = rows.stream().map(input -> MemorySource.stack(input, indices)).toList();
    return new Batch(stacked, targets.at(indices));
  }
}
