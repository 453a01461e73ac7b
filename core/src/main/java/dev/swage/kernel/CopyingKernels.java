package dev.swage.kernel;

import dev.swage.kernel.Block.Sharing;
import java.lang.foreign.MemorySegment;

/**
 * Kernels that read memory of a mapped file: what they read is copied first, a chunk at a time, to
 * memory of the thread's own that stays in cache. A file that is cut off while it is mapped makes
 * Java's copies throw an {@link InternalError}; a vector that is loaded from it would end the
 * process. Gives the same bits as the kernels behind it.
 */
final class CopyingKernels implements QuantizationKernels {
  /** Elements of a copy: whole runs of {@link CodeLoss}, whole bytes of packed codes. */
  private static final int SIZE = Chunks.SIZE;

  private final QuantizationKernels kernels;

  /** One element after the other, which needs no copies. */
  private final ScalarQuantization careful = new ScalarQuantization();

  CopyingKernels(QuantizationKernels kernels) {
    this.kernels = kernels;
  }

  /** Work on a part of a block. */
  @FunctionalInterface
  private interface Work {
    void run(Block part);
  }

  /** Cuts a block into whole rows, or rows into whole runs. */
  private static void cut(Block block, Work work) {
    if (block.length() <= SIZE) {
      long step = Math.max(1, SIZE / Math.max(1, block.length()));
      for (long row = 0; row < block.rows(); row += step) {
        work.run(part(block, row, Math.min(step, block.rows() - row), 0, block.length()));
      }
      return;
    }
    for (long row = 0; row < block.rows(); row++) {
      for (long column = 0; column < block.length(); column += SIZE) {
        work.run(part(block, row, 1, column, Math.min(SIZE, block.length() - column)));
      }
    }
  }

  private static Block part(Block block, long row, long rows, long column, long length) {
    long at = block.at() + row * block.length() + column;
    int slot = block.slot() + (int) (block.sharing() == Sharing.ROW ? row : column);
    return new Block(at, rows, length, slot, block.sharing());
  }

  /** The part of a copy that holds nothing else. */
  private static Block alone(Block part) {
    return new Block(0, part.rows(), part.length(), part.slot(), part.sharing());
  }

  private static MemorySegment floats(MemorySegment x, Block part) {
    return Scratch.copy(x.asSlice(part.at() * Float.BYTES, part.elements() * Float.BYTES));
  }

  @Override
  public void absMax(MemorySegment x, Block block, float[] into) {
    cut(block, part -> kernels.absMax(floats(x, part), alone(part), into));
  }

  @Override
  public void minMax(MemorySegment x, Block block, float[] min, float[] max) {
    cut(block, part -> kernels.minMax(floats(x, part), alone(part), min, max));
  }

  @Override
  public void quantize(
      MemorySegment x, Block block, AffineCodes affine, MemorySegment codes, long codesAt) {
    long shift = codesAt - block.at();
    cut(
        block,
        part -> kernels.quantize(floats(x, part), alone(part), affine, codes, part.at() + shift));
  }

  @Override
  public void quantizeAndMeasure(
      MemorySegment x,
      Block block,
      AffineCodes affine,
      MemorySegment codes,
      long codesAt,
      CodeLoss loss) {
    long shift = codesAt - block.at();
    cut(
        block,
        part ->
            kernels.quantizeAndMeasure(
                floats(x, part), alone(part), affine, codes, part.at() + shift, loss));
  }

  @Override
  public void quantizeThenScan(
      MemorySegment x, Block row, AffineCodes affine, MemorySegment codes, float[] absMax) {
    quantize(x, row, affine, codes, row.at());
    absMax(x, row.next(), absMax);
  }

  @Override
  public void dequantize(
      MemorySegment codes, long codesAt, Block block, AffineCodes affine, MemorySegment x) {
    long shift = codesAt - block.at();
    cut(
        block,
        part -> {
          MemorySegment copy = Scratch.copy(codes.asSlice(part.at() + shift, part.elements()));
          kernels.dequantize(copy, 0, part, affine, x);
        });
  }

  @Override
  public void project(ScaleTrials trials, int rows) {
    kernels.project(trials, rows);
  }

  @Override
  public void pack(MemorySegment codes, MemorySegment packed, int bits) {
    for (long at = 0; at < codes.byteSize(); at += SIZE) {
      MemorySegment some = codes.asSlice(at, Math.min(SIZE, codes.byteSize() - at));
      kernels.pack(Scratch.copy(some), packed(packed, at, some.byteSize(), bits), bits);
    }
  }

  @Override
  public void unpack(MemorySegment packed, MemorySegment codes, int bits, boolean signed) {
    for (long at = 0; at < codes.byteSize(); at += SIZE) {
      MemorySegment some = codes.asSlice(at, Math.min(SIZE, codes.byteSize() - at));
      kernels.unpack(Scratch.copy(packed(packed, at, some.byteSize(), bits)), some, bits, signed);
    }
  }

  private static MemorySegment packed(MemorySegment packed, long from, long count, int bits) {
    return packed.asSlice(from * bits / 8, Math.ceilDiv(count * bits, 8L));
  }

  @Override
  public long histogram(MemorySegment x, float scale, long[] counts) {
    long nonFinite = 0;
    long bytes = (long) SIZE * Float.BYTES;
    for (long at = 0; at < x.byteSize(); at += bytes) {
      MemorySegment some = x.asSlice(at, Math.min(bytes, x.byteSize() - at));
      nonFinite += kernels.histogram(Scratch.copy(some), scale, counts);
    }
    return nonFinite;
  }

  /** Its sums depend on what was summed before. */
  @Override
  public FloatSummary summary(MemorySegment x) {
    return careful.summary(x);
  }
}
