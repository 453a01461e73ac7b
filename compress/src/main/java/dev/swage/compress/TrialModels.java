package dev.swage.compress;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens models in ONNX Runtime that are no files yet: small ones from memory, others by way of a
 * file, with a data file where it needs one.
 */
final class TrialModels {
  /** Weights up to here are passed in memory. */
  private static final long IN_MEMORY = 256L << 20;

  private final Optional<Path> folder;
  private final long inMemory;
  private int count;

  private TrialModels(Optional<Path> folder, long inMemory) {
    this.folder = folder;
    this.inMemory = inMemory;
  }

  /** All from memory; fails above 2 GiB. */
  static TrialModels inMemory() {
    return new TrialModels(Optional.empty(), Long.MAX_VALUE);
  }

  /** Files go to this folder, and stay there until somebody removes it. */
  static TrialModels in(Path folder) {
    return in(folder, IN_MEMORY);
  }

  /** Of weights above {@code inMemory} bytes. */
  static TrialModels in(Path folder, long inMemory) {
    return new TrialModels(Optional.of(folder), inMemory);
  }

  /**
   * Opens a model.
   *
   * @param name what to call it in errors
   * @throws dev.swage.run.RunException if ONNX Runtime cannot load it
   */
  ModelSession open(String name, OnnxModel model, SessionOptions options) {
    long bytes = model.graph().initializers().values().stream().mapToLong(Tensor::byteSize).sum();
    if (folder.isEmpty() || bytes <= inMemory) {
      return ModelSession.open(name, OnnxWriter.toBytes(model), options);
    }
    Path file = folder.get().resolve("trial-" + count++ + ".onnx");
    OnnxWriter.write(model, file);
    return ModelSession.open(file, options);
  }

  /** Memory for weights of such models. */
  CodeMemory memory() {
    return folder.map(path -> CodeMemory.in(path, inMemory)).orElseGet(CodeMemory::heap);
  }
}
