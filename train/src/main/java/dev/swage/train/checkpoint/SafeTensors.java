package dev.swage.train.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.files.FileMemory;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Named tensors in one file, in the safetensors format: the header's length as a little-endian
 * 64-bit number, a JSON header with type, shape and offsets of every tensor, then their bytes
 * without gaps. Types of wider elements come first, so that every tensor is aligned.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">The format</a>
 */
public final class SafeTensors {
  private static final long LARGEST_HEADER = 100_000_000;
  private static final int CHUNK = 1 << 20;
  private static final Map<DType, String> NAMES =
      Map.of(
          DType.FLOAT64, "F64",
          DType.FLOAT32, "F32",
          DType.FLOAT16, "F16",
          DType.BFLOAT16, "BF16",
          DType.INT64, "I64",
          DType.INT32, "I32",
          DType.INT16, "I16",
          DType.INT8, "I8",
          DType.UINT8, "U8",
          DType.BOOL, "BOOL");

  private SafeTensors() {}

  static void write(Map<String, Tensor> tensors, OutputStream out) throws IOException {
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(tensors.entrySet());
    ordered.sort(Comparator.comparingInt(entry -> -entry.getValue().dtype().bits()));
    byte[] header = header(ordered);
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .array());
    out.write(header);
    byte[] buffer = new byte[CHUNK];
    for (Map.Entry<String, Tensor> entry : ordered) {
      MemorySegment data = entry.getValue().data();
      for (long at = 0; at < data.byteSize(); at += CHUNK) {
        int count = (int) Math.min(CHUNK, data.byteSize() - at);
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, buffer, 0, count);
        out.write(buffer, 0, count);
      }
    }
  }

  private static byte[] header(List<Map.Entry<String, Tensor>> tensors) {
    ObjectNode header = Json.object();
    long at = 0;
    for (Map.Entry<String, Tensor> entry : tensors) {
      Tensor tensor = entry.getValue();
      String type = NAMES.get(tensor.dtype());
      if (type == null) {
        throw new CheckpointException(
            "%s is %s, a checkpoint cannot hold that".formatted(entry.getKey(), tensor.dtype()));
      }
      ObjectNode described = header.putObject(entry.getKey());
      described.put("dtype", type);
      ArrayNode shape = described.putArray("shape");
      for (int axis = 0; axis < tensor.shape().rank(); axis++) {
        shape.add(tensor.shape().dim(axis));
      }
      described.putArray("data_offsets").add(at).add(at + tensor.byteSize());
      at += tensor.byteSize();
    }
    String json = Json.compact(header);
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat(-length & 7)).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The tensors of a file, copied to memory of their own.
   *
   * @throws CheckpointException when lengths, types or offsets do not fit together
   */
  public static Map<String, Tensor> read(Path file) throws IOException {
    MemorySegment bytes = load(file);
    long size = bytes.byteSize();
    long headerLength = size < Long.BYTES ? -1 : bytes.get(Tensor.LE_LONG, 0);
    if (headerLength < 2 || headerLength > Math.min(LARGEST_HEADER, size - Long.BYTES)) {
      throw new CheckpointException(
          "%s: a header of %d bytes does not fit a file of %d bytes"
              .formatted(file, headerLength, size));
    }
    String json =
        new String(
            bytes.asSlice(Long.BYTES, headerLength).toArray(ValueLayout.JAVA_BYTE),
            StandardCharsets.UTF_8);
    return tensors(
        file,
        Json.parse(file.toString(), json),
        bytes.asSlice(Long.BYTES + headerLength).asReadOnly());
  }

  private static MemorySegment load(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mapped = FileMemory.read(file, arena);
      return Arena.ofAuto()
          .allocate(Math.max(1, mapped.byteSize()), Long.BYTES)
          .asSlice(0, mapped.byteSize())
          .copyFrom(mapped);
    } catch (InternalError e) {
      throw new CheckpointException(
          FileMemory.explain(e).orElseGet(() -> "%s: cannot be read: %s".formatted(file, e)), e);
    }
  }

  private static Map<String, Tensor> tensors(Path file, ObjectNode header, MemorySegment data) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    long covered = 0;
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      if (entry.getKey().equals("__metadata__")) {
        continue;
      }
      Tensor tensor = tensor(file, entry.getKey(), entry.getValue(), data);
      covered += tensor.byteSize();
      tensors.put(entry.getKey(), tensor);
    }
    if (covered != data.byteSize()) {
      throw new CheckpointException(
          "%s: tensors of %d bytes in all, the file has %d"
              .formatted(file, covered, data.byteSize()));
    }
    return tensors;
  }

  private static Tensor tensor(Path file, String name, JsonNode described, MemorySegment data) {
    try {
      DType type = type(described.path("dtype").asText());
      JsonNode dims = described.path("shape");
      long[] shape = new long[dims.size()];
      for (int axis = 0; axis < shape.length; axis++) {
        shape[axis] = number(dims.path(axis));
      }
      long from = number(described.path("data_offsets").path(0));
      long to = number(described.path("data_offsets").path(1));
      return Tensor.of(type, Shape.of(shape), data.asSlice(from, to - from));
    } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new CheckpointException("%s: tensor %s: %s".formatted(file, name, e.getMessage()), e);
    }
  }

  private static DType type(String name) {
    return NAMES.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("unknown type '" + name + "'"));
  }

  private static long number(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw new IllegalArgumentException("expected a whole number >= 0, got " + node);
    }
    return node.longValue();
  }
}
