package dev.swage.quant;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import dev.swage.kernel.Block;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * The term {@code λ · Σ (ŵ − clip(w, s·n, s·p))²} of a loss, ŵ being what the codes of w stand for,
 * taken as a constant: it pulls weights to what their codes stand for, so that they do not
 * oscillate between two codes. Elements that are clipped are not pulled.
 *
 * @see <a href="https://arxiv.org/abs/2203.11086">Nagel et al.: Overcoming oscillations in
 *     quantization-aware training (2022)</a>
 */
public final class CodeDamping {
  private final BlockWork work;
  private final int qmin;
  private final int qmax;

  /** For weights of this shape. */
  public CodeDamping(Shape shape, QuantScheme scheme) {
    this.work = new BlockWork(Layout.of(shape, scheme.granularity()));
    this.qmin = scheme.qmin();
    this.qmax = scheme.qmax();
  }

  /**
   * Adds the term's gradient, {@code 2λ · (w − ŵ)} inside.
   *
   * @param params scales and zero points in the shape of {@link Granularity#paramShape}
   * @param strength λ
   */
  public void addGradient(
      MemorySegment weight, QuantParams params, double strength, MemorySegment gradient) {
    float factor = (float) (2 * strength);
    work.sum(block -> add(weight, params, block, factor, gradient), weight, gradient);
  }

  private long add(
      MemorySegment weight, QuantParams params, Block block, float factor, MemorySegment gradient) {
    float[] scales = params.scales();
    int[] zeros = params.zeroPoints();
    boolean rows = block.sharing() == Block.Sharing.ROW;
    for (long row = 0; row < block.rows(); row++) {
      long at = (block.at() + row * block.length()) * Float.BYTES;
      for (long j = 0; j < block.length(); j++) {
        int slot = block.slot() + (int) (rows ? row : j);
        long offset = at + j * Float.BYTES;
        float w = weight.get(LE_FLOAT, offset);
        float t = w / scales[slot];
        if (t >= qmin - zeros[slot] && t <= qmax - zeros[slot]) {
          float pull = factor * (w - (float) Math.rint(t) * scales[slot]);
          gradient.set(LE_FLOAT, offset, gradient.get(LE_FLOAT, offset) + pull);
        }
      }
    }
    return 0;
  }
}
