package dev.swage.compress.proof;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.planner.SourceModel;
import dev.swage.data.DataSource;
import dev.swage.run.Latency;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.tensor.Tensor;
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
  public static ProofData random(ModelFile model) {
    ProbeInputs probes = ProbeInputs.of(model.path(), model.model());
    return probes.inputs().isEmpty()
        ? new ProofData(Optional.empty(), probes.failure(), Optional.empty())
        : of(ProbeSource.of(model, probes.inputs()));
  }

  public ProofData withCalibration(Optional<Calibration> observed) {
    return new ProofData(samples, failure, observed);
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
