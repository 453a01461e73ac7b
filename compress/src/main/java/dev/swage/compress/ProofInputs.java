package dev.swage.compress;

import dev.swage.data.DataSource;
import dev.swage.run.Latency;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputFidelity;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** What a quantized model is held against its source on: data, or seeded random inputs. */
sealed interface ProofInputs {
  /** How near the second comes to the first. */
  OutputFidelity fidelity(ModelSession reference, ModelSession candidate);

  /** One input, to be timed and to be checked with. */
  List<Tensor> sample(ModelSession reference);

  /** The data, or without them random inputs on which the model runs. */
  static ProofInputs of(ModelFile source, Optional<DataSource> data) {
    if (data.isPresent()) {
      return new Samples(data.get());
    }
    ProbeInputs probes = ProbeInputs.of(source.path(), source.model());
    if (probes.inputs().isEmpty()) {
      throw new CompressException(
          "%s cannot be proven on random inputs: %s; give inputs with --calibrate"
              .formatted(source.path(), probes.failure().orElse("it takes none")));
    }
    return new Probes(probes.inputs());
  }

  /** Samples of a source of data. */
  record Samples(DataSource data) implements ProofInputs {
    private static final int BATCH = 16;

    @Override
    public OutputFidelity fidelity(ModelSession reference, ModelSession candidate) {
      return OutputFidelity.of(reference, candidate, data, BATCH);
    }

    @Override
    public List<Tensor> sample(ModelSession reference) {
      return Latency.sample(reference, data);
    }
  }

  /** Random inputs, each a list of one tensor per input of the model. */
  record Probes(List<List<Tensor>> inputs) implements ProofInputs {
    @Override
    public OutputFidelity fidelity(ModelSession reference, ModelSession candidate) {
      return OutputFidelity.of(reference, candidate, inputs);
    }

    @Override
    public List<Tensor> sample(ModelSession reference) {
      return inputs.getFirst();
    }
  }
}
