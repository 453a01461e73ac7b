package dev.swage.compress.proof;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.probe.ProbeSource;
import dev.swage.compress.probe.Probes;
import dev.swage.data.DataSource;
import dev.swage.run.ModelSession;
import dev.swage.run.time.Latency;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a file is proven on.
 *
 * @param samples empty where the model runs on none
 * @param failure why it runs on none; empty when it does
 * @param calibration what was observed of activations; empty where nothing had to be
 */
public record ProofData(
    Optional<DataSource> samples, Optional<String> failure, Optional<Calibration> calibration) {
  /** Samples that were given. */
  public static ProofData of(DataSource samples) {
    return new ProofData(Optional.of(samples), Optional.empty(), Optional.empty());
  }

  /** Seeded random inputs on which the model runs, if there are any. */
  public static ProofData of(ProbeSource.Found found) {
    return new ProofData(found.source(), found.failure(), Optional.empty());
  }

  public ProofData withCalibration(Optional<Calibration> observed) {
    return new ProofData(samples, failure, observed);
  }

  /** What the samples are, where they are random. */
  Optional<Probes> probes() {
    return samples.flatMap(
        data -> data instanceof ProbeSource random ? random.about() : Optional.empty());
  }

  /**
   * How near a prepared model is to its source; empty where nothing was prepared or there is
   * nothing to run.
   *
   * @param work a folder for a large model, which is gone again after that
   * @throws CompressException if they differ by more than rounding explains and more than ONNX
   *     Runtime's own optimizer changes
   */
  public Optional<Agreement> agreement(SourceModel model, Path work) {
    return samples.isEmpty()
        ? Optional.empty()
        : PreparationCheck.of(model, first(model), TrialModels.in(work));
  }

  /**
   * The samples.
   *
   * @throws IllegalStateException if there are none
   */
  DataSource source() {
    return samples.orElseThrow(() -> new IllegalStateException("nothing to run on"));
  }

  /** The first sample of data that were given; all random inputs. */
  List<List<Tensor>> first(SourceModel model) {
    if (source() instanceof ProbeSource probes) {
      return probes.samples();
    }
    try (ModelSession session = ModelSession.open(model.path())) {
      return List.of(Latency.sample(session, source()));
    }
  }
}
