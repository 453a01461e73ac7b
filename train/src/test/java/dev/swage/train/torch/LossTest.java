package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.Batch;
import dev.swage.data.DataException;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.torch.TorchLoss.Scale;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Every loss equals its formula, written out in double. */
final class LossTest {
  private static final int SAMPLES = 7;
  private static final int CLASSES = 5;

  private final float[] logits = TestFloats.gaussian(SAMPLES * CLASSES, 3, 11);
  private final long[] classes = {0, 4, 2, 2, 1, 3, 0};

  @Test
  void cross_entropy_on_logits() {
    double expected = 0;
    for (int n = 0; n < SAMPLES; n++) {
      expected -= logSoftmax(n)[(int) classes[n]] / SAMPLES;
    }
    assertThat(classLoss(Scale.LOGIT, logits)).isCloseTo(expected, within(1e-6));
  }

  @Test
  void cross_entropy_on_log_probabilities_and_on_probabilities_is_the_same() {
    float[] logs = new float[SAMPLES * CLASSES];
    float[] probabilities = new float[SAMPLES * CLASSES];
    for (int n = 0; n < SAMPLES; n++) {
      for (int c = 0; c < CLASSES; c++) {
        logs[n * CLASSES + c] = (float) logSoftmax(n)[c];
        probabilities[n * CLASSES + c] = (float) Math.exp(logSoftmax(n)[c]);
      }
    }
    double expected = classLoss(Scale.LOGIT, logits);
    assertThat(classLoss(Scale.LOG_PROBABILITY, logs)).isCloseTo(expected, within(1e-5));
    assertThat(classLoss(Scale.PROBABILITY, probabilities)).isCloseTo(expected, within(1e-5));
  }

  @Test
  void a_probability_of_zero_costs_much_but_not_infinitely_much() {
    Batch batch = batch(Shape.of(1, 2), new float[] {1, 0}, Tensor.ofLongs(Shape.of(1), 1));
    double loss = score(new TorchLoss.CrossEntropy(Scale.PROBABILITY), batch).loss();
    assertThat(loss).isCloseTo(-Math.log(Float.MIN_NORMAL), within(1e-3));
  }

  @Test
  void binary_cross_entropy_on_logits_and_on_probabilities() {
    float[] x = TestFloats.gaussian(SAMPLES, 2, 5);
    float[] p = new float[SAMPLES];
    long[] labels = {0, 1, 1, 0, 1, 0, 0};
    double expected = 0;
    for (int n = 0; n < SAMPLES; n++) {
      double sigmoid = 1 / (1 + Math.exp(-x[n]));
      p[n] = (float) sigmoid;
      expected -= Math.log(labels[n] == 1 ? sigmoid : 1 - sigmoid) / SAMPLES;
    }
    Tensor targets = Tensor.ofLongs(Shape.of(SAMPLES), labels);
    Shape output = Shape.of(SAMPLES, 1);
    assertThat(
            score(new TorchLoss.BinaryCrossEntropy(Scale.LOGIT), batch(output, x, targets)).loss())
        .isCloseTo(expected, within(1e-6));
    assertThat(
            score(new TorchLoss.BinaryCrossEntropy(Scale.PROBABILITY), batch(output, p, targets))
                .loss())
        .isCloseTo(expected, within(1e-5));
  }

  @Test
  void squared_error_and_huber() {
    float[] y = TestFloats.gaussian(SAMPLES, 2, 5);
    float[] t = TestFloats.gaussian(SAMPLES, 2, 6);
    double squares = 0;
    double huber = 0;
    double delta = 0.7;
    for (int n = 0; n < SAMPLES; n++) {
      double e = Math.abs(y[n] - t[n]);
      squares += e * e / SAMPLES;
      huber += (e <= delta ? e * e / 2 : delta * (e - delta / 2)) / SAMPLES;
    }
    Batch batch = batch(Shape.of(SAMPLES, 1), y, Tensor.ofFloats(Shape.of(SAMPLES), t));
    assertThat(score(new TorchLoss.SquaredError(), batch).loss()).isCloseTo(squares, within(1e-5));
    assertThat(score(new TorchLoss.Huber(delta), batch).loss()).isCloseTo(huber, within(1e-5));
  }

  @Test
  void correct_labels_are_the_largest_class_or_the_side_of_one_half() {
    float[] x = {-1, 2, 0.5f, -3, 1, 1, -1};
    Tensor labels = Tensor.ofLongs(Shape.of(SAMPLES), 0, 1, 0, 0, 1, 1, 1);
    Batch binary = batch(Shape.of(SAMPLES, 1), x, labels);
    assertThat(score(new TorchLoss.BinaryCrossEntropy(Scale.LOGIT), binary).correct()).isEqualTo(5);

    float[] rows = {1, 2, 0, 3, 0, 0};
    Batch classes = batch(Shape.of(2, 3), rows, Tensor.ofLongs(Shape.of(2), 1, 2));
    assertThat(score(new TorchLoss.CrossEntropy(Scale.LOGIT), classes).correct()).isEqualTo(1);
  }

  @Test
  void targets_of_the_wrong_kind_are_named() {
    Batch floats = batch(Shape.of(2, 3), new float[6], Tensor.ofFloats(Shape.of(2), 1, 2));
    assertThatThrownBy(() -> score(new TorchLoss.CrossEntropy(Scale.LOGIT), floats))
        .isInstanceOf(DataException.class)
        .hasMessage("cross-entropy needs class numbers (INT64) as targets, got FLOAT32[2]");
    assertThatThrownBy(() -> score(new TorchLoss.SquaredError(), floats))
        .isInstanceOf(DataException.class)
        .hasMessage("targets [2] do not fit the model's output [2, 3]: they need as many elements");
  }

  @Test
  void a_label_libtorch_refuses_is_one_line() {
    Batch batch = batch(Shape.of(1, 3), new float[3], Tensor.ofLongs(Shape.of(1), 3));
    assertThatThrownBy(() -> score(new TorchLoss.CrossEntropy(Scale.LOGIT), batch))
        .isInstanceOf(DataException.class)
        .hasMessage("no loss of output [1, 3] with targets [1]: Target 3 is out of bounds.");
  }

  private double[] logSoftmax(int sample) {
    double sum = 0;
    for (int c = 0; c < CLASSES; c++) {
      sum += Math.exp(logits[sample * CLASSES + c]);
    }
    double[] logs = new double[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      logs[c] = logits[sample * CLASSES + c] - Math.log(sum);
    }
    return logs;
  }

  private double classLoss(Scale scale, float[] output) {
    Tensor targets = Tensor.ofLongs(Shape.of(SAMPLES), classes);
    Batch batch = batch(Shape.of(SAMPLES, CLASSES), output, targets);
    return score(new TorchLoss.CrossEntropy(scale), batch).loss();
  }

  private static Batch batch(Shape shape, float[] output, Tensor targets) {
    return new Batch(List.of(Tensor.ofFloats(shape, output)), Optional.of(targets));
  }

  /** The loss of a model that passes its input on. */
  private static TorchSession.Scores score(TorchLoss loss, Batch batch) {
    Shape shape = batch.inputs().getFirst().shape();
    Graph graph =
        Graph.builder("identity")
            .input(ValueInfo.of("x", DType.FLOAT32, shape))
            .output(ValueInfo.of("y", DType.FLOAT32, shape))
            .node(Node.of("same", "Identity", List.of("x"), "y"))
            .build();
    try (TorchSession session =
        TorchSession.open(OnnxModel.of(graph), TorchSession.Head.OUTPUT, 0)) {
      return session.score(batch, loss);
    }
  }
}
