package dev.swage.train.torch.op.attention;

import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code softmax(scale·q·kᵀ + mask)·v}, with one head of keys for several heads of queries where
 * there are fewer. By libtorch's fused kernel where nothing is wanted that it has not. A query that
 * may look at nothing gets zeros.
 *
 * @param scale factor of the scores
 * @param softcap bound of the scores, {@code c·tanh(s / c)}; 0 for none
 * @param precision element type of the softmax, where it is not that of the inputs
 */
record DotProduct(double scale, double softcap, Optional<ScalarType> precision) {
  /** Which scores an operator shows. */
  enum Shown {
    NONE,
    PRODUCTS,
    CAPPED,
    MASKED,
    PROBABILITIES
  }

  /**
   * @param output {@code [batch, heads, queries, width of v]}
   * @param scores {@code [batch, heads, queries, keys]}, where they are to be shown
   */
  record Result(Tensor output, Optional<Tensor> scores) {}

  static DotProduct of(double scale) {
    return new DotProduct(scale, 0, Optional.empty());
  }

  /** The factor that attention has unless it is told another. */
  static double defaultScale(Tensor q) {
    return 1 / Math.sqrt((double) q.size(-1));
  }

  /** All of the shape {@code [batch, heads, length, width]}. */
  Result run(Tensor q, Tensor k, Tensor v, Mask mask, Shown shown) {
    boolean grouped = q.size(1) != k.size(1);
    if (softcap == 0 && precision.isEmpty() && shown == Shown.NONE) {
      return new Result(fused(q, k, v, mask, grouped), Optional.empty());
    }
    long each = q.size(1) / k.size(1);
    return composed(
        q, grouped ? repeated(k, each) : k, grouped ? repeated(v, each) : v, mask, shown);
  }

  private Tensor fused(Tensor q, Tensor k, Tensor v, Mask mask, boolean grouped) {
    boolean causal = mask.isOnlyCausal();
    Optional<Tensor> given = causal ? Optional.empty() : mask.tensor(q, k);
    return torch.scaled_dot_product_attention(
        q,
        k,
        v,
        given.map(TensorOptional::new).orElseGet(TensorOptional::new),
        0.0,
        causal,
        new DoubleOptional(scale),
        grouped);
  }

  private static Tensor repeated(Tensor heads, long each) {
    return torch.repeat_interleave(heads, each, new LongOptional(1), new LongOptional());
  }

  private Result composed(Tensor q, Tensor k, Tensor v, Mask mask, Shown shown) {
    Scalar root = new Scalar(Math.sqrt(scale));
    Tensor products = torch.matmul(q.mul(root), k.mul(root).transpose(-2, -1));
    Tensor capped =
        softcap == 0
            ? products
            : torch.tanh(products.div(new Scalar(softcap))).mul(new Scalar(softcap));
    Tensor masked = mask.applied(capped, q, k);
    Tensor precise = precision.map(masked::to).orElse(masked);
    Tensor probabilities = softmax(precise);
    Tensor output = torch.matmul(probabilities.to(v.scalar_type()), v);
    Tensor scores =
        switch (shown) {
          case NONE, PRODUCTS -> products;
          case CAPPED -> capped;
          case MASKED -> masked;
          case PROBABILITIES -> probabilities.to(q.scalar_type());
        };
    return new Result(output, Optional.of(scores));
  }

  /** Zeros where everything is masked. */
  private static Tensor softmax(Tensor scores) {
    Tensor none = scores.eq(new Scalar(Double.NEGATIVE_INFINITY)).all(-1, true);
    Tensor safe = scores.masked_fill(none, new Scalar(0.0));
    return torch.softmax(safe, -1).masked_fill(none, new Scalar(0.0));
  }
}
