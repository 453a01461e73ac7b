package dev.swage.data;

import dev.swage.onnx.OnnxReader;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * ONNX's test data: a folder of {@code test_data_set_N}, or one such folder, each with {@code
 * input_i.pb} and {@code output_i.pb}. A set is one sample, whose tensors are exactly as stored,
 * batch axis and all, because sets may differ in shape; so {@link #largestBatch} is 1. The first
 * output is the target, when there is one.
 */
record OnnxTestSource(String name, List<Path> sets) implements DataSource {
  OnnxTestSource {
    sets = List.copyOf(sets);
  }

  static DataSource open(Path folder, Options options) {
    List<Path> sets = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      entries.filter(path -> Files.exists(path.resolve("input_0.pb"))).forEach(sets::add);
    } catch (IOException e) {
      throw FileBytes.unreadable(folder, e);
    }
    if (Files.exists(folder.resolve("input_0.pb"))) {
      sets.add(folder);
    }
    if (sets.isEmpty()) {
      throw new DataException(
          "%s: %s holds no test_data_set_N/input_0.pb".formatted(options.name(), folder));
    }
    sets.sort(Comparator.comparingInt(OnnxTestSource::number).thenComparing(path -> path));
    return new OnnxTestSource(options.name(), sets);
  }

  /** Sets are in the order of their numbers: 2 before 10. */
  private static int number(Path set) {
    String digits = set.getFileName().toString().replaceAll("^.*?([0-9]{1,9})?$", "$1");
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  @Override
  public int size() {
    return sets.size();
  }

  /** Shapes of the first set's inputs as stored, batch axis included. */
  @Override
  public List<Shape> inputShapes() {
    return tensors(sets.getFirst(), "input").stream().map(Tensor::shape).toList();
  }

  @Override
  public OptionalInt classes() {
    return OptionalInt.empty();
  }

  @Override
  public int largestBatch() {
    return 1;
  }

  /**
   * The tensors of one set as stored.
   *
   * @throws IllegalArgumentException for any number of indices but one
   */
  @Override
  public Batch batch(int... indices) {
    if (indices.length != 1) {
      throw new IllegalArgumentException(
          "%s is read one set at a time, got indices %s".formatted(name, Arrays.toString(indices)));
    }
    Path set = sets.get(Objects.checkIndex(indices[0], sets.size()));
    Optional<Tensor> target = tensors(set, "output").stream().findFirst();
    return new Batch(tensors(set, "input"), target);
  }

  private static List<Tensor> tensors(Path set, String kind) {
    List<Tensor> tensors = new ArrayList<>();
    while (true) {
      Path file = set.resolve(kind + "_" + tensors.size() + ".pb");
      if (!Files.exists(file)) {
        return List.copyOf(tensors);
      }
      tensors.add(OnnxReader.readTensor(file));
    }
  }
}
