package dev.swage.run;

import dev.swage.files.AtomicFile;
import dev.swage.files.WorkFolder;
import dev.swage.onnx.ExternalData;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A model in files of its own, with a data file for its weights: how ONNX Runtime is given models
 * that are too large to be passed in memory.
 */
final class SpilledModel implements AutoCloseable {
  /** Weights from here on go to the data file, which ONNX Runtime maps. */
  private static final long LARGE = 1 << 16;

  private final WorkFolder folder;

  private SpilledModel(WorkFolder folder) {
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
      spilled = new SpilledModel(WorkFolder.in(parent));
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
    return folder.path().resolve("model.onnx");
  }

  /**
   * Deletes the files. A session that has been opened does not need them, except on Windows, where
   * they go when the folder for temporary files is cleaned, if they are still in use.
   */
  @Override
  public void close() {
    try {
      folder.close();
    } catch (IOException e) {
      folder.path().toFile().deleteOnExit();
    }
  }
}
