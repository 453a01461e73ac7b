package dev.swage.train.torch;

import dev.swage.data.DataException;
import dev.swage.train.torch.lib.TensorBridge;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What a teacher makes of a batch, as a part of the loss: {@code (1−α)·loss + α·(T²·KL(softmax(t/T)
 * ‖ softmax(s/T)) + Σ MSE)}.
 *
 * @param temperature T
 * @param weight α
 * @param answers the teacher's logits, and its values that are compared
 */
public record Guide(double temperature, double weight, List<dev.swage.tensor.Tensor> answers) {
  private static final long CLASSES = 1; // the axis

  public Guide {
    answers = List.copyOf(answers);
  }

  /**
   * The loss with the teacher's part.
   *
   * @param plain what the labels say
   * @param logits the student's
   * @param values the student's, in the order of the answers after the first
   */
  Tensor applied(TorchLoss loss, Tensor plain, Tensor logits, List<Tensor> values) {
    Tensor part = divergence(loss, logits).mul(new Scalar(temperature * temperature));
    for (int i = 0; i < values.size(); i++) {
      part = part.add(torch.mse_loss(values.get(i), answer(i + 1, values.get(i))));
    }
    return plain.mul(new Scalar(1 - weight)).add(part.mul(new Scalar(weight)));
  }

  /** The mean over all rows of classes. */
  private Tensor divergence(TorchLoss loss, Tensor logits) {
    Scalar inverse = new Scalar(1 / temperature);
    Tensor teacher = byClass(loss, answer(0, logits)).mul(inverse);
    Tensor ours = torch.log_softmax(byClass(loss, logits).mul(inverse), CLASSES);
    Tensor theirs = torch.log_softmax(teacher, CLASSES);
    long rows = ours.numel() / Math.max(1, ours.size(CLASSES));
    return theirs.exp().mul(theirs.sub(ours)).sum().mul(new Scalar(1.0 / Math.max(1, rows)));
  }

  private Tensor answer(int index, Tensor student) {
    dev.swage.tensor.Tensor answer = answers.get(index);
    if (!answer.shape().equals(TensorBridge.shape(student))) {
      throw new DataException(
          "distillation compares values of one shape: the teacher's is %s, the model's %s"
              .formatted(answer.shape(), TensorBridge.shape(student)));
    }
    return TensorBridge.upload(answer);
  }

  /** Logits with classes on axis 1; a binary one x is two, 0 and x. */
  private static Tensor byClass(TorchLoss loss, Tensor logits) {
    return switch (loss) {
      case TorchLoss.SequenceCrossEntropy _ -> logits.flatten(0, 1);
      case TorchLoss.BinaryCrossEntropy _ -> {
        Tensor flat = logits.reshape(-1);
        yield torch.stack(new TensorVector(torch.zeros_like(flat), flat), CLASSES);
      }
      default -> logits;
    };
  }
}
