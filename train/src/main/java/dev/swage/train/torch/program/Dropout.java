package dev.swage.train.torch.program;

import dev.swage.kernel.Parallel;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Draws dropout masks. Mask number k of a run depends on the seed, k and the element's index only,
 * so that any number of threads draws the same.
 */
public final class Dropout {
  private static final int CHUNK = 1 << 15;
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private final long seed;
  private long drawn;

  public Dropout(long seed) {
    this.seed = seed;
  }

  /** How many masks were drawn: with the seed, all there is to know about the masks to come. */
  public long drawn() {
    return drawn;
  }

  /** Goes on as after so many masks. */
  public void continueAfter(long masks) {
    drawn = masks;
  }

  /** A mask like {@code x}: 0 with the given probability, else 1/(1−probability). */
  public org.bytedeco.pytorch.Tensor mask(org.bytedeco.pytorch.Tensor x, double probability) {
    org.bytedeco.pytorch.Tensor mask = TensorBridge.empty(ScalarType.Float, TensorBridge.dims(x));
    long elements = x.numel();
    MemorySegment memory = TensorBridge.memory(mask, elements * 4);
    long stream = mix(seed + GOLDEN_GAMMA * ++drawn);
    float kept = (float) (1 / (1 - probability));
    long threshold = Math.round(probability * 0x1p32);
    int chunks = Math.toIntExact(Math.ceilDiv(elements, CHUNK));
    Parallel.forEach(
        chunks,
        chunk -> {
          long from = (long) chunk * CHUNK;
          int count = (int) Math.min(CHUNK, elements - from);
          fill(memory.asSlice(from * 4, count * 4L), mix(stream + chunk), threshold, kept);
        });
    return mask;
  }

  private static void fill(MemorySegment mask, long state, long threshold, float kept) {
    int count = (int) (mask.byteSize() / 4);
    long at = state;
    for (int i = 0; i < count; i += 2) {
      at += GOLDEN_GAMMA;
      long bits = mix(at);
      mask.set(Tensor.LE_FLOAT, i * 4L, (bits >>> 32) < threshold ? 0f : kept);
      if (i + 1 < count) {
        mask.set(Tensor.LE_FLOAT, i * 4L + 4, (bits & 0xffffffffL) < threshold ? 0f : kept);
      }
    }
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mix(long z) {
    long y = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    y = (y ^ (y >>> 27)) * 0x94d049bb133111ebL;
    return y ^ (y >>> 31);
  }
}
