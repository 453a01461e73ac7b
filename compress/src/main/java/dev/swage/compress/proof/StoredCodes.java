package dev.swage.compress.proof;

import dev.swage.compress.plan.CompressException;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.MappedMemory;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds the codes, scales and zero points of a file against the quantizer's, bit for bit. */
final class StoredCodes {
  private StoredCodes() {}

  /**
   * Fails unless the file holds them.
   *
   * @param expected by name, or by path and name
   * @throws CompressException naming the first that differs
   */
  static void require(Path file, OnnxModel written, Map<String, Tensor> expected) {
    Map<String, Tensor> found = new HashMap<>();
    GraphPath.walk(
        written.graph(),
        (path, graph) ->
            graph
                .initializers()
                .forEach((name, tensor) -> {
                  found.putIfAbsent(name, tensor);
                  found.put(path.key(name), tensor);
                }));
    expected.forEach((name, tensor) -> requireSame(file, name, tensor, found.get(name)));
  }

  private static void requireSame(Path file, String name, Tensor expected, @Nullable Tensor found) {
    if (found == null
        || found.dtype() != expected.dtype()
        || !found.shape().equals(expected.shape())) {
      throw new CompressException(
          "%s: initializer '%s' should be %s, found %s"
              .formatted(file, name, expected, found == null ? "none" : found));
    }
    long at = MappedMemory.mismatch(found.data(), expected.data());
    if (at >= 0) {
      throw new CompressException(
          "%s: initializer '%s' differs from the quantizer's codes at byte %s"
              .formatted(file, name, Long.toString(at)));
    }
  }
}
