package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.Batch;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.quantize.QuantizerSchedule;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A teacher's part of the loss: its value by the definition, its gradient by central differences.
 */
final class GuideTest {
  private static final double STEP = 1e-2;

  /** A kind of logits. */
  enum Kind {
    CLASSES,
    PLACES,
    SEQUENCE,
    BINARY;

    Shape logits() {
      return switch (this) {
        case CLASSES -> Shape.of(3, 5);
        case PLACES -> Shape.of(3, 5, 4);
        case SEQUENCE -> Shape.of(3, 4, 5);
        case BINARY -> Shape.of(3, 1);
      };
    }

    TorchLoss loss() {
      return switch (this) {
        case CLASSES, PLACES -> new TorchLoss.CrossEntropy(TorchLoss.Scale.LOGIT);
        case SEQUENCE -> new TorchLoss.SequenceCrossEntropy();
        case BINARY -> new TorchLoss.BinaryCrossEntropy(TorchLoss.Scale.LOGIT);
      };
    }

    OnnxModel model() {
      return switch (this) {
        case CLASSES -> Network.input("x", 6).dense(7).tanh().dense(5).seed(2).build();
        case PLACES -> Network.input("x", 2, 6).conv1d(7, 3).tanh().conv1d(5, 1).seed(2).build();
        case SEQUENCE -> Network.input("x", 4, 6).dense(7).tanh().dense(5).seed(2).build();
        case BINARY -> Network.input("x", 6).dense(7).tanh().dense(1).seed(2).build();
      };
    }

    Batch batch() {
      Shape inputs =
          switch (this) {
            case CLASSES, BINARY -> Shape.of(3, 6);
            case PLACES -> Shape.of(3, 2, 6);
            case SEQUENCE -> Shape.of(3, 4, 6);
          };
      Tensor targets =
          switch (this) {
            case CLASSES -> Tensor.ofLongs(Shape.of(3), 1, 4, 0);
            case PLACES, SEQUENCE ->
                Tensor.ofLongs(Shape.of(3, 4), 1, 4, 0, 2, 3, 3, 1, 0, 0, 1, 2, 4);
            case BINARY -> Tensor.ofLongs(Shape.of(3), 1, 0, 1);
          };
      Tensor x = Tensor.ofFloats(inputs, TestFloats.gaussian((int) inputs.elements(), 1, 8));
      return new Batch(List.of(x), Optional.of(targets));
    }
  }

  private static final String LAYER = "tanh1.output";

  private static TorchSession open(Kind kind, boolean layer) {
    OnnxModel model = kind.model();
    return TorchSession.open(
        model,
        new TorchSession.Options(
            TorchSession.Head.OUTPUT,
            0,
            Trainables.of(model.graph()),
            false,
            QuantizerSchedule.CONSTANT,
            layer ? List.of(LAYER) : List.of()));
  }

  private static Tensor random(Shape shape, int seed) {
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 2, seed));
  }

  /** Logits of a teacher, and a layer's values where it is compared. */
  private static Guide guide(TorchSession session, Kind kind, boolean layer) {
    List<Tensor> own = session.shown(kind.batch().inputs());
    assertThat(own.getFirst().shape()).isEqualTo(kind.logits());
    List<Tensor> answers = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      answers.add(random(own.get(i).shape(), 20 + i));
    }
    assertThat(answers).hasSize(layer ? 2 : 1);
    return new Guide(3, 0.6, answers);
  }

  private static double loss(TorchSession session, Kind kind, Optional<Guide> guide) {
    session.beginStep();
    return session.accumulate(kind.batch(), kind.loss(), 1, guide).loss();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void the_value_is_that_of_the_definition(Kind kind) {
    try (TorchSession session = open(kind, true)) {
      Guide guide = guide(session, kind, true);
      List<Tensor> own = session.shown(kind.batch().inputs());
      double squares = 0;
      for (int i = 0; i < own.get(1).shape().elements(); i++) {
        double apart = own.get(1).getFloat(i) - guide.answers().get(1).getFloat(i);
        squares += apart * apart / own.get(1).shape().elements();
      }
      double expected =
          0.4 * loss(session, kind, Optional.empty())
              + 0.6 * (9 * divergence(kind, guide.answers().getFirst(), own.getFirst()) + squares);
      assertThat(loss(session, kind, Optional.of(guide)))
          .isCloseTo(expected, within(1e-5 * expected));
    }
  }

  /** The mean over rows of KL(softmax(t/3) ‖ softmax(s/3)), in double. */
  private static double divergence(Kind kind, Tensor teacher, Tensor student) {
    int classes = kind == Kind.BINARY ? 2 : 5;
    int rows = (int) teacher.shape().elements() / (kind == Kind.BINARY ? 1 : classes);
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      double[] t = probabilities(kind, teacher, row, classes);
      double[] s = probabilities(kind, student, row, classes);
      for (int c = 0; c < classes; c++) {
        sum += t[c] * Math.log(t[c] / s[c]);
      }
    }
    return sum / rows;
  }

  private static double[] probabilities(Kind kind, Tensor logits, int row, int classes) {
    double[] e = new double[classes];
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      double logit =
          switch (kind) {
            case CLASSES, SEQUENCE -> logits.getFloat(row * classes + c);
            case PLACES -> logits.getFloat((row / 4 * classes + c) * 4 + row % 4);
            case BINARY -> c == 0 ? 0 : logits.getFloat(row);
          };
      e[c] = Math.exp(logit / 3);
      sum += e[c];
    }
    for (int c = 0; c < classes; c++) {
      e[c] /= sum;
    }
    return e;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void the_gradient_is_the_slope(Kind kind) {
    for (boolean layer : new boolean[] {false, true}) {
      try (TorchSession session = open(kind, layer)) {
        Guide guide = guide(session, kind, layer);
        loss(session, kind, Optional.of(guide));
        List<float[]> gradients =
            session.gradients().stream().map(g -> g.toArray(Tensor.LE_FLOAT)).toList();
        for (int i = 0; i < gradients.size(); i++) {
          TorchSession.Weight weight = session.weights().get(i);
          float[] direction = direction(gradients.get(i).length, i);
          double got = 0;
          for (int e = 0; e < direction.length; e++) {
            got += gradients.get(i)[e] * (double) direction[e];
          }
          double slope =
              (moved(session, weight, direction, STEP, kind, guide)
                      - moved(session, weight, direction, -STEP, kind, guide))
                  / (2 * STEP);
          assertThat(got)
              .as(weight.name())
              .isCloseTo(slope, within(2e-3 * Math.max(1, Math.abs(slope))));
        }
        assertThat(gradients).hasSize(4);
      }
    }
  }

  private static float[] direction(int size, int seed) {
    RandomGenerator random = TestFloats.random(seed);
    float[] direction = new float[size];
    for (int i = 0; i < size; i++) {
      direction[i] = (float) (random.nextGaussian() / Math.sqrt(size));
    }
    return direction;
  }

  private static double moved(
      TorchSession session,
      TorchSession.Weight weight,
      float[] direction,
      double step,
      Kind kind,
      Guide guide) {
    float[] original = weight.data().toArray(Tensor.LE_FLOAT);
    for (int i = 0; i < original.length; i++) {
      weight.data().setAtIndex(Tensor.LE_FLOAT, i, (float) (original[i] + step * direction[i]));
    }
    double loss = loss(session, kind, Optional.of(guide));
    MemorySegment.copy(original, 0, weight.data(), Tensor.LE_FLOAT, 0, original.length);
    return loss;
  }

  @Test
  void a_teacher_that_says_the_same_adds_nothing() {
    try (TorchSession session = open(Kind.CLASSES, true)) {
      Guide same = new Guide(5, 1, session.shown(Kind.CLASSES.batch().inputs()));
      assertThat(loss(session, Kind.CLASSES, Optional.of(same))).isCloseTo(0, within(1e-6));
    }
    assertThat(TorchSession.liveTensors()).isZero();
  }
}
