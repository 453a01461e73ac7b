package dev.swage.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.Evaluation;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MeasurementTest {
  @TempDir private Path folder;

  private Measurement.Subject subject(String name, OnnxModel model) {
    Path file = folder.resolve(name + ".onnx");
    OnnxWriter.write(model, file);
    return new Measurement.Subject(name, file);
  }

  private static List<Evaluation> evaluations(Measurement.Subject... subjects) {
    return new Measurement(DataSource.open("moons:?n=50&seed=2"), 10, SessionOptions.defaults())
        .of(List.of(subjects)).stream().map(outcome -> outcome.evaluation().orElseThrow()).toList();
  }

  /** One network under three names, of which one says something else and one says nothing. */
  @Test
  void allFilesAreScoredAsTheFirst() {
    OnnxModel model = Network.input("x", 2).dense(1).tanh().seed(4).build();
    Measurement.Subject logits = subject("a", model.withMetadata("swage.output", "logits"));
    Measurement.Subject silent = subject("b", model);
    Measurement.Subject other = subject("c", model.withMetadata("swage.output", "probabilities"));
    List<Evaluation> all = evaluations(logits, silent, other);
    assertThat(all).containsOnly(all.getFirst()).hasSize(3);
    assertThat(all.getFirst().loss()).isPresent();
    assertThat(evaluations(silent).getFirst().loss()).isEmpty();
    assertThat(evaluations(other).getFirst()).isNotEqualTo(all.getFirst());
  }
}
