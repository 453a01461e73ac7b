package dev.swage.compress.proof;

import dev.swage.compress.weights.CodeMemory;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import java.nio.file.Path;
import java.util.Optional;

/** Where models and weights go that are made for a proof only. */
final class TrialModels {
  /** Weights up to here stay in memory. */
  private static final long IN_MEMORY = 256L << 20;

  private final Optional<Path> folder;
  private final long inMemory;

  private TrialModels(Optional<Path> folder, long inMemory) {
    this.folder = folder;
    this.inMemory = inMemory;
  }

  /** Large models go to the folder for temporary files, weights to the heap. */
  static TrialModels anywhere() {
    return new TrialModels(Optional.empty(), IN_MEMORY);
  }

  /** Large ones go to this folder. */
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
    return folder
        .map(path -> ModelSession.open(name, model, options, path, inMemory))
        .orElseGet(() -> ModelSession.open(name, model, options));
  }

  /** Memory for weights of such models. */
  CodeMemory memory() {
    return folder.map(path -> CodeMemory.in(path, path, inMemory)).orElseGet(CodeMemory::heap);
  }
}
