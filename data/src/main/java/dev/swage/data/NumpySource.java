package dev.swage.data;

import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * NumPy arrays whose first axis counts the samples. Inputs become float32, scaled as asked; {@code
 * type=stored} keeps their element type, for models that take integers. Targets of integers are
 * class indices when they are {@code [n]}; all else are float32 values. {@code x=a,b,c} takes
 * several arrays as the inputs of these names, in their stored types.
 */
final class NumpySource {
  private enum Type {
    FLOAT32,
    STORED
  }

  private NumpySource() {}

  /** A {@code .npy} file of inputs. */
  static DataSource openNpy(Path file, Options options) {
    try (InputStream in = FileBytes.open(file)) {
      Tensor inputs = NpyArray.read(in, file.toString());
      return source(file.toString(), inputs, new Targets.None(), options);
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  /**
   * A {@code .npz} file with inputs named {@code x} and targets named {@code y}, or otherwise. An
   * archive of nothing but inputs has no targets, unless {@code y} asks for them.
   */
  static DataSource openNpz(Path file, Options options) {
    if (options.text("x").orElse("x").contains(",")) {
      return openNamed(file, options);
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      String xName = options.text("x").orElse("x");
      String yName = options.text("y").orElse("y");
      Tensor x = array(zip, file, "x", xName);
      String what = file + " array '" + xName + "'";
      if (zip.size() == 1 && options.text("y").isEmpty()) {
        return source(what, x, new Targets.None(), options);
      }
      Tensor y = array(zip, file, "y", yName);
      if (y.shape().rank() == 0 || x.shape().rank() == 0 || y.shape().dim(0) != x.shape().dim(0)) {
        throw new DataException(
            "%s: array '%s' is %s but '%s' %s, expected one row per sample in both"
                .formatted(file, xName, x, yName, y));
      }
      return source(what, x, targets(y), options);
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  /** Several arrays, each named as the model's input it is for; types as stored. */
  private static DataSource openNamed(Path file, Options options) {
    for (String key : List.of("scale", "mean", "std", "type")) {
      if (options.text(key).isPresent()) {
        throw options.wrong(key, "to be absent: several inputs are taken as stored");
      }
    }
    List<String> names = List.of(options.text("x").orElseThrow().split(",", -1));
    try (ZipFile zip = new ZipFile(file.toFile())) {
      List<TensorRows> rows = new ArrayList<>();
      for (String name : names) {
        rows.add(new TensorRows(samples(array(zip, file, "x", name), file, name)));
      }
      Optional<String> targets = options.text("y");
      Targets y =
          targets.isPresent()
              ? targets(samples(array(zip, file, "y", targets.get()), file, targets.get()))
              : new Targets.None();
      long count = rows.getFirst().size();
      for (int i = 0; i < names.size(); i++) {
        if (rows.get(i).size() != count) {
          throw new DataException(
              "%s: array '%s' has %d samples but '%s' %d, expected as many"
                  .formatted(file, names.getFirst(), count, names.get(i), rows.get(i).size()));
        }
      }
      return Partition.apply(
          new MemorySource(options.name(), names, List.copyOf(rows), y), options);
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  private static Tensor samples(Tensor array, Path file, String name) {
    if (hasNoSamples(array)) {
      throw new DataException(
          "%s array '%s' is %s, expected at least one sample".formatted(file, name, array));
    }
    return array;
  }

  /** Samples without elements, as caches of no length, are samples. */
  private static boolean hasNoSamples(Tensor array) {
    return array.shape().rank() == 0 || array.shape().dim(0) == 0;
  }

  private static Targets targets(Tensor y) {
    boolean indices = y.shape().rank() == 1 && (y.dtype().isInteger() || y.dtype() == DType.BOOL);
    return Targets.of(indices ? toLongs(y) : NumberRows.toFloats(y));
  }

  private static Tensor array(ZipFile zip, Path file, String key, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name + ".npy");
    if (entry == null) {
      List<String> names =
          zip.stream().map(e -> e.getName().replaceFirst("\\.npy$", "")).sorted().toList();
      throw new DataException(
          "%s holds no array '%s' for key '%s'; %s"
              .formatted(file, name, key, Suggestion.forWord(name, names)));
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return NpyArray.read(in, file + " array '" + name + "'");
    }
  }

  private static Tensor toLongs(Tensor tensor) {
    if (tensor.dtype() == DType.INT64) {
      return tensor;
    }
    long[] values = new long[Math.toIntExact(tensor.shape().elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          tensor.dtype() == DType.INT32
              ? tensor.data().get(Tensor.LE_INT, 4L * i)
              : (long) NumberRows.valueAt(tensor, i);
    }
    return Tensor.ofLongs(tensor.shape(), values);
  }

  private static DataSource source(String what, Tensor inputs, Targets targets, Options options) {
    if (hasNoSamples(inputs)) {
      throw new DataException(what + " is " + inputs + ", expected at least one sample");
    }
    Rows stored = new TensorRows(inputs);
    Scaling scaling = Scaling.of(options, 1, stored.shape());
    boolean asStored =
        options.choice("type", Type.class).filter(type -> type == Type.STORED).isPresent();
    if (asStored && !scaling.isIdentity()) {
      throw new DataException(options.name() + ": type=stored contradicts scale, mean and std");
    }
    boolean unchanged = asStored || (inputs.dtype() == DType.FLOAT32 && scaling.isIdentity());
    Rows rows = unchanged ? stored : new NumberRows(inputs, scaling);
    return Partition.apply(new MemorySource(options.name(), rows, targets), options);
  }
}
