package dev.swage.train.torch.op.attention;

import dev.swage.train.torch.lib.TensorBridge;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a query may look at, in three parts which all have to permit it.
 *
 * @param causal whether only keys up to the query's own place; {@code offset} keys stand before the
 *     first query
 * @param allowed truth values that broadcast to {@code [batch, heads, queries, keys]}
 * @param added numbers that are added to the scores, of the same shape
 */
record Mask(boolean causal, long offset, Optional<Tensor> allowed, Optional<Tensor> added) {
  static Mask none() {
    return new Mask(false, 0, Optional.empty(), Optional.empty());
  }

  static Mask causal(long offset) {
    return new Mask(true, offset, Optional.empty(), Optional.empty());
  }

  Mask allow(Tensor more) {
    return new Mask(
        causal, offset, Optional.of(allowed.map(more::logical_and).orElse(more)), added);
  }

  Mask add(Tensor more) {
    return new Mask(causal, offset, allowed, Optional.of(added.map(more::add).orElse(more)));
  }

  /** Whether it is the plain triangle, for which there are kernels that skip the rest. */
  boolean isOnlyCausal() {
    return causal && offset == 0 && allowed.isEmpty() && added.isEmpty();
  }

  /** All parts in one tensor, of truth values if possible. */
  Optional<Tensor> tensor(Tensor q, Tensor k) {
    Optional<Tensor> truth = truth(q, k);
    if (added.isEmpty()) {
      return truth;
    }
    Tensor numbers = added.get().to(q.scalar_type());
    return Optional.of(truth.map(t -> without(numbers, t)).orElse(numbers));
  }

  /** The scores with this mask: what must not be looked at does not matter, whatever it is. */
  Tensor applied(Tensor scores, Tensor q, Tensor k) {
    Tensor sum = added.map(numbers -> scores.add(numbers.to(scores.scalar_type()))).orElse(scores);
    return truth(q, k).map(t -> without(sum, t)).orElse(sum);
  }

  private static Tensor without(Tensor numbers, Tensor truth) {
    Tensor least =
        torch.full_like(
            torch.zeros().to(numbers.scalar_type()), new Scalar(Double.NEGATIVE_INFINITY));
    return torch.where(truth, numbers, least);
  }

  private Optional<Tensor> truth(Tensor q, Tensor k) {
    if (!causal) {
      return allowed;
    }
    Tensor triangle = triangle(q.size(-2), k.size(-2), offset);
    return Optional.of(allowed.map(triangle::logical_and).orElse(triangle));
  }

  /** {@code [queries, keys]}: key j for query i where {@code j ≤ i + offset}. */
  static Tensor triangle(long queries, long keys, long offset) {
    return torch.ones(queries, keys).to(ScalarType.Bool).tril(offset);
  }

  /** {@code [batch, 1, 1, keys]}: the first ones, as many as each sequence has. */
  static Tensor upTo(Tensor lengths, long keys) {
    return places(keys).lt(lengths.to(ScalarType.Long).reshape(-1, 1, 1, 1));
  }

  /** {@code 0, 1, …} as int64. */
  static Tensor places(long count) {
    long[] all = new long[Math.toIntExact(count)];
    java.util.Arrays.setAll(all, i -> i);
    return TensorBridge.ofLongs(all);
  }
}
