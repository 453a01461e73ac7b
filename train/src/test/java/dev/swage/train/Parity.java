package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the trainer's executor gives, held against ONNX Runtime. */
final class Parity {
  private Parity() {}

  /**
   * Every output of a trained model, as a file, is in ONNX Runtime what the trainer says.
   *
   * @param bound on the difference, relative to the output's largest magnitude
   */
  static void assertSame(TrainingRun run, List<Tensor> inputs, double bound) {
    assertSame(run.outputs(inputs), runtime(OnnxWriter.toBytes(run.model()), inputs), bound);
  }

  static List<Tensor> runtime(byte[] model, List<Tensor> inputs) {
    try (ModelSession session = ModelSession.open("model", model, SessionOptions.defaults())) {
      return session.run(inputs);
    }
  }

  static void assertSame(List<Tensor> ours, List<Tensor> theirs, double bound) {
    assertThat(ours).hasSameSizeAs(theirs);
    for (int i = 0; i < theirs.size(); i++) {
      assertThat(ours.get(i).shape()).isEqualTo(theirs.get(i).shape());
      if (theirs.get(i).dtype() == DType.FLOAT32) {
        assertThat(difference(theirs.get(i).toFloats(), ours.get(i).toFloats()))
            .as("output %d", i)
            .isLessThanOrEqualTo(bound);
      } else {
        assertThat(ours.get(i).data().mismatch(theirs.get(i).data()))
            .as("output %d", i)
            .isEqualTo(-1);
      }
    }
  }

  /** The largest difference, relative to the largest magnitude; infinite where one is NaN. */
  private static double difference(float[] expected, float[] got) {
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs((double) expected[i] - got[i]);
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = error <= worst ? worst : Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }
    return worst == 0 ? 0 : worst / largest;
  }

  /** The file of a trained model, read again, has every weight bit for bit, and all else. */
  static void assertReloads(OnnxModel trained) {
    byte[] file = OnnxWriter.toBytes(trained);
    OnnxModel again = OnnxReader.parse(file, "trained");
    assertThat(again.graph().initializers()).hasSameSizeAs(trained.graph().initializers());
    again
        .graph()
        .initializers()
        .forEach((name, read) -> assertThat(same(trained, name, read)).as(name).isTrue());
    assertThat(OnnxWriter.toBytes(again)).isEqualTo(file);
  }

  /** How many weights differ from those that the run began with. */
  static long changed(OnnxModel before, OnnxModel after) {
    return before.graph().initializers().entrySet().stream()
        .filter(weight -> !same(after, weight.getKey(), weight.getValue()))
        .count();
  }

  /** Whether the model has this tensor under this name. */
  private static boolean same(OnnxModel model, String name, Tensor tensor) {
    @Nullable Tensor own = model.graph().initializers().get(name);
    return own != null
        && own.dtype() == tensor.dtype()
        && own.shape().equals(tensor.shape())
        && own.data().mismatch(tensor.data()) < 0;
  }
}
