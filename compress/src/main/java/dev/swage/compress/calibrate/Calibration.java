package dev.swage.compress.calibrate;

import dev.swage.compress.plan.ModelHash;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model's activations as observed on calibration data. The same model, data, batch size and bins
 * give the same calibration bit for bit, whatever the number of threads and the memory budget.
 *
 * @param model path of the model as it was given
 * @param modelSha256 hash of the model: {@link ModelHash}
 * @param data specification of the data
 * @param dataSha256 hash of the samples' contents
 * @param samples how many were run
 * @param batchSize how many were run at once
 * @param tensors in graph order
 * @param leftOut values without statistics, and why
 */
public record Calibration(
    String model,
    String modelSha256,
    String data,
    String dataSha256,
    int samples,
    int batchSize,
    List<TensorCalibration> tensors,
    List<LeftOut> leftOut) {
  public Calibration {
    tensors = List.copyOf(tensors);
    leftOut = List.copyOf(leftOut);
  }

  /** What was observed of a tensor; empty when it was not. */
  public Optional<TensorCalibration> tensor(String name) {
    return tensors.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
  }

  /** Elements over all tensors that were NaN or infinite. */
  public long nonFinite() {
    return tensors.stream().mapToLong(t -> t.statistics().histogram().nonFinite()).sum();
  }

  /**
   * Fails unless this was observed on the model with this hash.
   *
   * @param path of the model, for the error
   * @throws CalibrationException naming both
   */
  public void requireModel(Path path, String sha256) {
    if (!sha256.equals(modelSha256)) {
      throw new CalibrationException(
          "the calibration was observed on %s (SHA-256 %s…), not on %s (%s…): calibrate again"
              .formatted(model, ModelHash.shown(modelSha256), path, ModelHash.shown(sha256)));
    }
  }
}
