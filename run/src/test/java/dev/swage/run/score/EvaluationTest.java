package dev.swage.run.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.DataSource;
import dev.swage.run.LabelledFloats;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RunException;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static final int SAMPLES = 25;

  private static ModelSession mnist() {
    return ModelSession.open(SharedData.require("models/ort-examples/mnist.onnx"));
  }

  private static List<float[]> images() {
    List<float[]> images = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      images.add(TestFloats.gaussian(784, 100, i));
    }
    return images;
  }

  /** The class with the largest output, sample by sample. */
  private static List<Long> predictions(ModelSession session, List<float[]> images) {
    List<Long> classes = new ArrayList<>();
    for (float[] image : images) {
      float[] scores =
          session
              .run(List.of(Tensor.ofFloats(Shape.of(1, 1, 28, 28), image)))
              .getFirst()
              .toFloats();
      long best = 0;
      for (int i = 0; i < scores.length; i++) {
        best = scores[i] > scores[(int) best] ? i : best;
      }
      classes.add(best);
    }
    return classes;
  }

  @Test
  void accuracyIsTheShareOfLabelsThatTheLargestOutputMeets() {
    try (ModelSession session = mnist()) {
      List<Long> labels = predictions(session, images());
      for (int i = 0; i < 5; i++) {
        labels.set(i, (labels.get(i) + 1) % 10);
      }
      Evaluation evaluation =
          Evaluation.of(
              session,
              new LabelledFloats(Shape.of(28, 28), images(), labels, 10),
              8,
              OutputKind.UNKNOWN);
      assertThat(evaluation.accuracy()).hasValue(0.8);
      assertThat(evaluation.samples()).isEqualTo(SAMPLES);
      assertThat(evaluation.loss()).isEmpty();
    }
  }

  @Test
  void modelsWithAFixedBatchDimensionAreRunAtItAndSaySo() {
    try (ModelSession session = mnist()) {
      LabelledFloats data =
          new LabelledFloats(Shape.of(1, 28, 28), images(), predictions(session, images()), 10);
      Evaluation evaluation = Evaluation.of(session, data, 8, OutputKind.LOGITS);
      assertThat(evaluation.batchSize()).isEqualTo(1);
      assertThat(evaluation.batchFixedByModel()).isTrue();
      assertThat(evaluation.accuracy()).hasValue(1);
      assertThat(Evaluation.of(session, data, 1, OutputKind.LOGITS).batchFixedByModel()).isFalse();
    }
  }

  @Test
  void labelsBeyondTheModelsClassesAreAnError() {
    try (ModelSession session = mnist()) {
      List<Long> labels = predictions(session, images());
      labels.set(3, 10L);
      LabelledFloats data = new LabelledFloats(Shape.of(1, 28, 28), images(), labels, 11);
      assertThatThrownBy(() -> Evaluation.of(session, data, 1, OutputKind.UNKNOWN))
          .isInstanceOf(RunException.class)
          .hasMessage("memory: sample 3 has class 10, but %s gives 10 classes", session.name());
    }
  }

  @Test
  void crossEntropyOfLogitsEqualsThatOfTheirSoftmax() {
    float[] logits = {1.5f, -2f, 0.25f};
    double sum = Math.exp(1.5) + Math.exp(-2) + Math.exp(0.25);
    float[] probabilities = {
      (float) (Math.exp(1.5) / sum), (float) (Math.exp(-2) / sum), (float) (Math.exp(0.25) / sum)
    };
    for (int target = 0; target < 3; target++) {
      double expected = -Math.log(probabilities[target]);
      assertThat(OutputKind.LOGITS.crossEntropy(logits, target).orElseThrow())
          .isCloseTo(expected, within(1e-6));
      assertThat(OutputKind.PROBABILITIES.crossEntropy(probabilities, target).orElseThrow())
          .isCloseTo(expected, within(1e-12));
    }
  }

  @Test
  void oneColumnStandsForTheProbabilityOfClassOne() {
    double p = 1 / (1 + Math.exp(-0.7));
    float[] logit = {0.7f};
    float[] probability = {(float) p};
    float[] logProbability = {(float) Math.log(p)};
    for (int target = 0; target < 2; target++) {
      double expected = -Math.log(target == 1 ? p : 1 - p);
      assertThat(OutputKind.LOGITS.crossEntropy(logit, target).orElseThrow())
          .isCloseTo(expected, within(1e-6));
      assertThat(OutputKind.PROBABILITIES.crossEntropy(probability, target).orElseThrow())
          .isCloseTo(expected, within(1e-6));
      assertThat(OutputKind.LOG_PROBABILITIES.crossEntropy(logProbability, target).orElseThrow())
          .isCloseTo(expected, within(1e-6));
    }
    float[] columns = {-0.1f, 0.1f, 0.6f};
    assertThat(OutputScores.predict(columns, 1, 3, OutputKind.LOGITS)).containsExactly(0, 1, 1);
    assertThat(OutputScores.predict(columns, 1, 3, OutputKind.PROBABILITIES))
        .containsExactly(0, 0, 1);
  }

  @Test
  void onnxTestDataIsRunAsStored() {
    Path folder = SharedData.require("models/ort-examples/mnist.testdata");
    DataSource data = DataSource.open("onnxpb:" + folder);
    try (ModelSession session = mnist()) {
      Evaluation evaluation = Evaluation.of(session, data, 64, OutputKind.UNKNOWN);
      assertThat(evaluation.batchSize()).isEqualTo(1);
      assertThat(evaluation.samples()).isEqualTo(3);
      assertThat(evaluation.batchFixedByModel()).isFalse();
      assertThat(evaluation.loss().orElseThrow().value()).isCloseTo(0, within(1e-6));
    }
  }
}
