package dev.swage.quant;

import dev.swage.kernel.CodeLoss;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** One tensor on its way to codes: fitted and encoded in pieces that stay in a core's cache. */
final class Rounding {
  /** Elements in a task that reads rows ahead: the first row of each is read without overlap. */
  private static final long PIPELINE = 4 * Chunks.SIZE;

  private final Tensor tensor;
  private final QuantScheme scheme;
  private final MemorySegment codes;
  private final Layout layout;
  private final Fitter fitter;
  private final Encoder encoder;
  private final AtomicBoolean finite = new AtomicBoolean(true);
  private final boolean measured;

  /** What each piece loses, in the order of the pieces. */
  private @Nullable CodeLoss[] losses = {};

  Rounding(
      Tensor tensor,
      QuantScheme scheme,
      RangeEstimator estimator,
      MemorySegment codes,
      boolean measured) {
    Quantizer.requireFloat32(tensor);
    this.tensor = tensor;
    this.scheme = scheme;
    this.codes = codes;
    this.measured = measured;
    layout = Layout.of(tensor.shape(), scheme.granularity());
    if (estimator instanceof RangeEstimator.Given(QuantParams params)) {
      scheme.check(params, tensor.shape());
    }
    fitter = new Fitter(tensor.data(), layout, scheme, estimator);
    encoder = new Encoder(layout, scheme, fitter.scales(), fitter.zeroPoints());
  }

  QuantizedTensor run() {
    Tensor result = Tensor.of(scheme.storage(), tensor.shape(), codes);
    if (layout.slab() >= layout.elements()) {
      finite.set(fitter.fitWhole());
      if (finite.get()) {
        float unit = CodeLoss.unit(fitter.scales(), 0, layout.slots());
        encodeEach(Chunks.SIZE, (from, to) -> unit);
      }
    } else if (!measured && fitter.pipes()) {
      Chunks.forSlabs(
          layout, PIPELINE, (index, from, to) -> require(fitter.pipeRows(codes, from, to)));
    } else {
      encodeEach(Chunks.sizeInSlabs(layout, Chunks.SIZE), this::fit);
    }
    if (!finite.get()) {
      throw new IllegalArgumentException(Quantizer.nonFinite(tensor));
    }
    QuantParams params =
        new QuantParams(
            scheme.granularity().paramShape(tensor.shape()), fitter.scales(), fitter.zeroPoints());
    return new QuantizedTensor(scheme, params, result);
  }

  /** Makes the scales of a piece ready and gives the unit of what they lose; 0 if it has none. */
  private interface Preparation {
    float unit(long from, long to);
  }

  private float fit(long from, long to) {
    return require(fitter.fitSlabs(from, to))
        ? CodeLoss.unit(fitter.scales(), layout.slotAt(from), layout.slotAt(to))
        : 0;
  }

  private boolean require(boolean wasFinite) {
    if (!wasFinite) {
      finite.set(false);
    }
    return wasFinite;
  }

  private void encodeEach(long size, Preparation preparation) {
    losses = new CodeLoss[measured ? Chunks.count(layout.elements(), size) : 0];
    Chunks.forEach(
        layout.elements(),
        size,
        (index, from, to) -> {
          float unit = preparation.unit(from, to);
          if (unit == 0) {
            return;
          }
          if (measured) {
            CodeLoss loss = new CodeLoss(unit);
            encoder.encode(tensor.data(), codes, from, to, loss);
            losses[index] = loss;
          } else {
            encoder.encode(tensor.data(), codes, from, to);
          }
        });
  }

  /** A sum over all pieces, in their order. */
  double lost(ToDoubleFunction<CodeLoss> what) {
    double sum = 0;
    for (CodeLoss loss : losses) {
      if (loss != null) {
        sum += what.applyAsDouble(loss);
      }
    }
    return sum;
  }
}
