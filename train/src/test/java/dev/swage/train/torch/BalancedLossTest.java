package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.DataException;
import dev.swage.tensor.Shape;
import dev.swage.testkit.TestFloats;
import dev.swage.train.torch.TorchLoss.CrossEntropy;
import dev.swage.train.torch.TorchLoss.Scale;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.lib.TorchRuntime;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Label smoothing and class weights equal their formula, written out in double. */
final class BalancedLossTest {
  private static final int SAMPLES = 6;
  private static final int CLASSES = 4;
  private static final List<Double> WEIGHTS = List.of(0.5, 2.0, 1.0, 3.0);
  private static final long[] TARGETS = {0, 3, 1, 1, 2, 3};

  private final float[] logits = TestFloats.gaussian(SAMPLES * CLASSES, 2, 9);

  @ParameterizedTest
  @CsvSource({"0.1,false", "0,true", "0.2,true"})
  void is_the_formula(double smoothing, boolean weighted) {
    List<Double> weights = weighted ? WEIGHTS : List.of();
    double loss = loss(new CrossEntropy(Scale.LOGIT, smoothing, weights));
    double sum = 0;
    double total = 0;
    for (int n = 0; n < SAMPLES; n++) {
      int target = (int) TARGETS[n];
      double own = weighted ? WEIGHTS.get(target) : 1;
      sum += (1 - smoothing) * own * -log(n, target);
      for (int c = 0; c < CLASSES; c++) {
        sum += smoothing / CLASSES * (weighted ? WEIGHTS.get(c) : 1) * -log(n, c);
      }
      total += own;
    }
    assertThat(loss).isCloseTo(sum / total, within(1e-5));
  }

  @Test
  void without_both_it_is_the_plain_loss() {
    double plain = loss(new CrossEntropy(Scale.LOGIT));
    double ones = loss(new CrossEntropy(Scale.LOGIT, 0, List.of(1.0, 1.0, 1.0, 1.0)));
    assertThat(ones).isCloseTo(plain, within(1e-6));
  }

  @Test
  void as_many_weights_as_classes() {
    assertThatThrownBy(() -> loss(new CrossEntropy(Scale.LOGIT, 0, List.of(1.0, 2.0))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("2 class weights for 4 classes");
  }

  private double log(int sample, int type) {
    double sum = 0;
    for (int c = 0; c < CLASSES; c++) {
      sum += Math.exp(logits[sample * CLASSES + c]);
    }
    return logits[sample * CLASSES + type] - Math.log(sum);
  }

  private double loss(CrossEntropy loss) {
    TorchRuntime.require();
    try (PointerScope _ = new PointerScope()) {
      Tensor output =
          TensorBridge.upload(dev.swage.tensor.Tensor.ofFloats(Shape.of(SAMPLES, CLASSES), logits));
      Tensor target =
          TensorBridge.upload(dev.swage.tensor.Tensor.ofLongs(Shape.of(SAMPLES), TARGETS));
      return LossKernels.compute(loss, output, target).item().toDouble();
    }
  }
}
