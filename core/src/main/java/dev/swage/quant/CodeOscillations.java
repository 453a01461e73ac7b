package dev.swage.quant;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import dev.swage.kernel.Block;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds elements of a weight whose codes oscillate while it is trained, and freezes them. A code
 * oscillates at a step that changes it in the other direction than its last change. With o = 1
 * there and 0 elsewhere, each element has a frequency {@code f ← 0.99·f + 0.01·o} and a mean of its
 * codes {@code m ← 0.99·m + 0.01·q}. Where f exceeds a threshold, the element stays at {@code
 * round(m)} for good: what the code stands for follows the scale.
 *
 * <p>Codes are counted from the zero point. Not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/2203.11086">Nagel et al.: Overcoming oscillations in
 *     quantization-aware training (2022)</a>
 */
public final class CodeOscillations {
  private static final float MOMENTUM = 0.01f;

  /** More bits than this have codes that a byte does not hold from the zero point on. */
  public static final int MOST_BITS = 4;

  private final BlockWork work;
  private final int qmin;
  private final int qmax;
  private final float[] frequencies;
  private final float[] means;
  private final byte[] codes;
  private final byte[] directions;
  private final byte[] frozen;

  /**
   * For weights of this shape.
   *
   * @throws IllegalArgumentException if codes have more than {@link #MOST_BITS}
   */
  public CodeOscillations(Shape shape, QuantScheme scheme) {
    if (scheme.bits() > MOST_BITS) {
      throw new IllegalArgumentException(
          "codes of %d bits change at every step: oscillations are for up to %d"
              .formatted(scheme.bits(), MOST_BITS));
    }
    int elements = Math.toIntExact(shape.elements());
    this.work = new BlockWork(Layout.of(shape, scheme.granularity()));
    this.qmin = scheme.qmin();
    this.qmax = scheme.qmax();
    this.frequencies = new float[elements];
    this.means = new float[elements];
    this.codes = new byte[elements];
    this.directions = new byte[elements];
    this.frozen = new byte[elements];
  }

  /**
   * Begins with the codes as they are.
   *
   * @param params scales and zero points in the shape of {@link Granularity#paramShape}
   */
  public void begin(MemorySegment weight, QuantParams params) {
    work.sum(
        block -> {
          forEach(
              weight,
              params,
              block,
              (i, code, _) -> {
                codes[i] = (byte) code;
                means[i] = code;
              });
          return 0;
        },
        weight);
  }

  /**
   * Looks at the codes after a step, and puts frozen elements at what their codes stand for.
   *
   * @param threshold frequency above which an element freezes
   * @return how many elements are frozen
   */
  public long follow(MemorySegment weight, QuantParams params, double threshold) {
    float above = (float) threshold;
    return work.sum(
        block -> {
          long[] count = new long[1];
          forEach(
              weight,
              params,
              block,
              (i, code, slot) -> {
                if (frozen[i] == 0) {
                  look(i, code, above, params.zeroPoints()[slot]);
                }
                if (frozen[i] != 0) {
                  weight.set(LE_FLOAT, (long) i * Float.BYTES, codes[i] * params.scales()[slot]);
                  count[0]++;
                }
              });
          return count[0];
        },
        weight);
  }

  private void look(int i, int code, float threshold, int zero) {
    int change = Integer.signum(code - codes[i]);
    float oscillates = change != 0 && directions[i] == -change ? 1 : 0;
    frequencies[i] = (1 - MOMENTUM) * frequencies[i] + MOMENTUM * oscillates;
    means[i] = (1 - MOMENTUM) * means[i] + MOMENTUM * code;
    codes[i] = (byte) code;
    if (change != 0) {
      directions[i] = (byte) change;
    }
    if (frequencies[i] > threshold) {
      frozen[i] = 1;
      codes[i] = (byte) Math.clamp(Math.rint(means[i]), qmin - zero, qmax - zero);
    }
  }

  /** Work on an element. */
  @FunctionalInterface
  private interface Element {
    void at(int index, int code, int slot);
  }

  private void forEach(MemorySegment weight, QuantParams params, Block block, Element element) {
    boolean rows = block.sharing() == Block.Sharing.ROW;
    for (long row = 0; row < block.rows(); row++) {
      long first = block.at() + row * block.length();
      for (long j = 0; j < block.length(); j++) {
        int slot = block.slot() + (int) (rows ? row : j);
        int zero = params.zeroPoints()[slot];
        float t = weight.get(LE_FLOAT, (first + j) * Float.BYTES) / params.scales()[slot];
        int code =
            Float.isNaN(t) ? qmin - zero : (int) Math.clamp(Math.rint(t), qmin - zero, qmax - zero);
        element.at((int) (first + j), code, slot);
      }
    }
  }

  /** Frozen elements are not trained: their gradients become 0. */
  public void clear(MemorySegment gradient) {
    for (int i = 0; i < frozen.length; i++) {
      if (frozen[i] != 0) {
        gradient.set(LE_FLOAT, (long) i * Float.BYTES, 0);
      }
    }
  }

  /** What is remembered of each element, by name: live views, float32 or bytes. */
  public Map<String, MemorySegment> state() {
    Map<String, MemorySegment> state = new LinkedHashMap<>();
    state.put("frequency", MemorySegment.ofArray(frequencies));
    state.put("mean", MemorySegment.ofArray(means));
    state.put("code", MemorySegment.ofArray(codes));
    state.put("direction", MemorySegment.ofArray(directions));
    state.put("frozen", MemorySegment.ofArray(frozen));
    return state;
  }
}
