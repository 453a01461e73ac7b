package dev.swage.train.torch.op.attention;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.lib.TensorBridge;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Masks of ONNX Runtime's attention: integers in many shapes, 0 for what is masked. */
final class RuntimeMasks {
  /** What is added to the score of a masked key unless a node says otherwise. */
  static final float FILTER = -10000;

  private RuntimeMasks() {}

  /**
   * The numbers to be added to scores.
   *
   * @param given lengths {@code [batch]}, ends and beginnings {@code [2·batch]}, lengths and places
   *     {@code [3·batch + 2]}, or 0 and 1 as {@code [batch, keys]}, {@code [batch, queries, keys]}
   *     or {@code [batch, 1, most, most]}
   * @param filter what is added where it is masked
   */
  static Tensor added(Tensor given, Tensor q, long keys, float filter) {
    Tensor allowed = allowed(given, q.size(0), q.size(2), keys);
    return allowed.logical_not().to(q.scalar_type()).mul(new Scalar(filter));
  }

  private static Tensor allowed(Tensor given, long batch, long queries, long keys) {
    return switch ((int) given.dim()) {
      case 1 -> byLengths(given, batch, keys);
      case 2 -> given.ne(new Scalar(0)).reshape(batch, 1, 1, -1).narrow(3, 0, keys);
      case 3 -> given.ne(new Scalar(0)).unsqueeze(1);
      case 4 -> given.ne(new Scalar(0)).narrow(2, keys - queries, queries).narrow(3, 0, keys);
      default ->
          throw new OnnxException(
              "a mask of the shape %s is not supported"
                  .formatted(Arrays.toString(TensorBridge.dims(given))));
    };
  }

  private static Tensor byLengths(Tensor given, long batch, long keys) {
    Tensor ends = Mask.upTo(given.narrow(0, 0, batch), keys);
    if (given.size(0) != 2 * batch) {
      return ends;
    }
    Tensor starts = given.narrow(0, batch, batch).to(ScalarType.Long).reshape(-1, 1, 1, 1);
    return torch.logical_and(ends, Mask.places(keys).ge(starts));
  }
}
