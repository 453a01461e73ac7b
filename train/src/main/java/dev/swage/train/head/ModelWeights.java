package dev.swage.train.head;

import dev.swage.data.Suggestion;
import dev.swage.files.AtomicFile;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.checkpoint.CheckpointException;
import dev.swage.train.checkpoint.SafeTensors;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Weights of a safetensors file for a model, by name and shape.
 *
 * @param model with the weights of the file
 * @param loaded names of the weights that the file had
 * @param missing float32 weights of the model that it had not
 * @param unused tensors of the file that the model has no place for
 */
public record ModelWeights(
    OnnxModel model, List<String> loaded, List<String> missing, List<String> unused) {
  /**
   * Reads a file. Tensors of 16 bits become float32.
   *
   * @param renames names in the file to names in the model; {@code name^T} stands for a matrix that
   *     is stored transposed, as PyTorch's linear layers are for MatMul
   * @throws OnnxException if the file cannot be read, no tensor fits, or one that has a place has
   *     another shape
   */
  public static ModelWeights load(OnnxModel model, Path file, Map<String, String> renames) {
    Map<String, Tensor> tensors = read(file);
    renames.keySet().forEach(name -> requireThere(file, name, tensors));
    Graph graph = model.graph();
    Graph.Builder builder = graph.toBuilder();
    List<String> loaded = new ArrayList<>();
    List<String> unused = new ArrayList<>();
    tensors.forEach((name, tensor) -> {
      String target = renames.getOrDefault(name, name);
      boolean transposed = target.endsWith("^T");
      String weight = transposed ? target.substring(0, target.length() - 2) : target;
      Tensor there = graph.initializers().get(weight);
      if (there == null || there.dtype() != DType.FLOAT32) {
        unused.add(name);
      } else {
        builder.initializer(weight, fitted(file, name, tensor, transposed, there));
        loaded.add(weight);
      }
    });
    List<String> missing =
        graph.initializers().entrySet().stream()
            .filter(entry -> entry.getValue().dtype() == DType.FLOAT32)
            .map(Map.Entry::getKey)
            .filter(name -> !loaded.contains(name))
            .toList();
    if (loaded.isEmpty()) {
      throw nothing(file, unused, missing);
    }
    return new ModelWeights(model.withGraph(builder.build()), loaded, missing, unused);
  }

  private static Map<String, Tensor> read(Path file) {
    try {
      return SafeTensors.read(file);
    } catch (IOException e) {
      throw new OnnxException("%s: %s".formatted(file, AtomicFile.reason(e)), e);
    } catch (CheckpointException e) {
      throw new OnnxException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void requireThere(Path file, String name, Map<String, Tensor> tensors) {
    if (!tensors.containsKey(name)) {
      throw new OnnxException(
          "%s: no tensor '%s' to rename; %s"
              .formatted(
                  file,
                  name,
                  Suggestion.nearest(name, tensors.keySet())
                      .map(near -> "nearest: '" + near + "'")
                      .orElse("it has " + tensors.size() + " others")));
    }
  }

  private static OnnxException nothing(Path file, List<String> there, List<String> wanted) {
    String example = there.isEmpty() ? "" : there.getFirst();
    return new OnnxException(
        "%s: none of its %d tensors is a weight of the model; '%s' of the file: %s; say which is which"
            .formatted(file, there.size(), example, Suggestion.forWord(example, wanted)));
  }

  private static Tensor fitted(
      Path file, String name, Tensor tensor, boolean transposed, Tensor there) {
    Tensor floats = floats(file, name, tensor);
    Tensor turned = transposed ? transposed(floats) : floats;
    if (!turned.shape().equals(there.shape())) {
      throw new OnnxException(
          "%s: tensor '%s' is %s%s, the model has %s there"
              .formatted(
                  file, name, tensor.shape(), transposed ? " transposed" : "", there.shape()));
    }
    return turned;
  }

  private static Tensor floats(Path file, String name, Tensor tensor) {
    if (tensor.dtype() == DType.FLOAT32) {
      return tensor;
    }
    boolean half = tensor.dtype() == DType.FLOAT16;
    if (!half && tensor.dtype() != DType.BFLOAT16) {
      throw new OnnxException(
          "%s: tensor '%s' is %s, expected FLOAT32, FLOAT16 or BFLOAT16"
              .formatted(file, name, tensor.dtype()));
    }
    long count = tensor.shape().elements();
    MemorySegment data = HeapMemory.allocate(count * Float.BYTES);
    for (long i = 0; i < count; i++) {
      short bits = tensor.data().get(Tensor.LE_SHORT, i * Short.BYTES);
      float value = half ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
      data.set(Tensor.LE_FLOAT, i * Float.BYTES, value);
    }
    return Tensor.of(DType.FLOAT32, tensor.shape(), data);
  }

  private static Tensor transposed(Tensor matrix) {
    if (matrix.shape().rank() != 2) {
      return matrix;
    }
    int rows = Math.toIntExact(matrix.shape().dim(0));
    int columns = Math.toIntExact(matrix.shape().dim(1));
    float[] values = matrix.toFloats();
    float[] turned = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        turned[column * rows + row] = values[row * columns + column];
      }
    }
    return Tensor.ofFloats(Shape.of(columns, rows), turned);
  }
}
