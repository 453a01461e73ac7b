package dev.swage.onnx;

import dev.swage.files.AtomicFile;
import dev.swage.files.FileMemory;
import dev.swage.onnx.wire.StringStringEntryProto;
import dev.swage.onnx.wire.TensorProto;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The data files beside a model, each mapped once. A location must lead to a regular file inside
 * the model's folder: absolute paths, {@code ..} and symbolic links out of it are refused.
 */
final class ExternalFiles {
  static final long UNKNOWN_LENGTH = -1;

  private final Optional<Path> folder;
  private final Map<Path, MemorySegment> mapped = new HashMap<>();

  /** Files beside {@code model}; empty for a model in memory, which can have none. */
  ExternalFiles(Optional<Path> model) {
    this.folder = model.map(path -> path.toAbsolutePath().normalize().getParent());
  }

  /**
   * The bytes of a tensor.
   *
   * @param where how messages begin
   * @param needed bytes the tensor's type and shape need, or {@link #UNKNOWN_LENGTH}
   */
  MemorySegment map(TensorProto proto, String where, long needed) {
    Map<String, String> entries = new HashMap<>();
    for (StringStringEntryProto entry : proto.getExternalDataList()) {
      entries.put(entry.getKey(), entry.getValue());
    }
    String location = entries.getOrDefault("location", "");
    MemorySegment file = open(location, where);
    long offset = number(entries, "offset", 0, where);
    long rest = Math.max(0, file.byteSize() - offset);
    long length = number(entries, "length", needed == UNKNOWN_LENGTH ? rest : needed, where);
    if (needed != UNKNOWN_LENGTH && length != needed) {
      throw new OnnxException(
          where + "needs %d bytes, external data declares %d".formatted(needed, length));
    }
    if (offset > file.byteSize() || length > rest) {
      throw new OnnxException(
          where
              + "external data of %d bytes at offset %d does not fit into %s of %d bytes"
                  .formatted(length, offset, location, file.byteSize()));
    }
    return file.asSlice(offset, length);
  }

  private static long number(Map<String, String> entries, String key, long fallback, String where) {
    String text = entries.get(key);
    if (text == null) {
      return fallback;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, as for a negative number
    }
    throw new OnnxException(
        where + "external data: %s must be a number of bytes, got '%s'".formatted(key, text));
  }

  private MemorySegment open(String location, String where) {
    Path path = resolve(location, where);
    MemorySegment known = mapped.get(path);
    if (known != null) {
      return known;
    }
    try {
      MemorySegment segment = FileMemory.read(path, Arena.ofAuto());
      mapped.put(path, segment);
      return segment;
    } catch (IOException e) {
      throw new OnnxException(
          where + "cannot read external data file %s: %s".formatted(path, AtomicFile.reason(e)), e);
    }
  }

  private Path resolve(String location, String where) {
    if (folder.isEmpty()) {
      throw new OnnxException(
          where + "has external data, which a model in memory cannot refer to; read it as a file");
    }
    if (location.isEmpty()) {
      throw new OnnxException(where + "external data without a location");
    }
    try {
      Path relative = Path.of(location);
      if (relative.isAbsolute() || location.startsWith("/") || climbs(relative)) {
        throw new OnnxException(
            where
                + "external data location '%s' must be a path inside the model's folder"
                    .formatted(location));
      }
      Path root = folder.get().toRealPath();
      Path candidate = root.resolve(relative);
      if (!Files.exists(candidate)) {
        throw new OnnxException(
            where
                + "external data file %s does not exist; copy it beside the model"
                    .formatted(folder.get().resolve(relative)));
      }
      Path path = candidate.toRealPath();
      if (!path.startsWith(root)) {
        throw new OnnxException(
            where
                + "external data location '%s' leads out of the model's folder to %s"
                    .formatted(location, path));
      }
      if (!Files.isRegularFile(path)) {
        throw new OnnxException(where + "external data %s is not a file".formatted(path));
      }
      return path;
    } catch (InvalidPathException | IOException e) {
      throw new OnnxException(
          where + "external data location '%s' is no path".formatted(location), e);
    }
  }

  private static boolean climbs(Path path) {
    for (Path part : path) {
      if (part.toString().equals("..")) {
        return true;
      }
    }
    return false;
  }
}
