package dev.swage.run;

import dev.swage.files.AtomicFile;
import dev.swage.onnx.ExternalData;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model in files of its own, with a data file for its weights: how ONNX Runtime is given models
 * that are too large to be passed in memory.
 */
final class SpilledModel implements AutoCloseable {
  /** Weights from here on go to the data file, which ONNX Runtime maps. */
  private static final long LARGE = 1 << 16;

  private final Path folder;

  private SpilledModel(Path folder) {
    this.folder = folder;
  }

  /**
   * Writes the files to a folder of their own.
   *
   * @param name what to call the model in errors
   * @param parent where that folder is made
   * @throws RunException if they cannot be written
   */
  static SpilledModel of(String name, OnnxModel model, Path parent) {
    SpilledModel spilled = null;
    try {
      spilled = new SpilledModel(Files.createTempDirectory(parent, "swage-model-"));
      OnnxWriter.write(model, spilled.file(), ExternalData.above(LARGE));
      return spilled;
    } catch (IOException e) {
      throw new RunException(
          "%s: its weights cannot be written to a temporary file: %s"
              .formatted(name, AtomicFile.reason(e)),
          e);
    } catch (RuntimeException e) {
      if (spilled != null) {
        spilled.close();
      }
      throw e;
    }
  }

  Path file() {
    return folder.resolve("model.onnx");
  }

  /**
   * Deletes the files. A session that has been opened does not need them, except on Windows, where
   * they go when the folder for temporary files is cleaned, if they are still in use.
   */
  @Override
  public void close() {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> left = files.toList();
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      folder.toFile().deleteOnExit();
    }
  }
}
