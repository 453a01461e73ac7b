package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.swage.kernel.Block.Sharing;
import java.lang.foreign.MemorySegment;

/** The specification of the quantization kernels: one element after the other. */
final class ScalarQuantization implements QuantizationKernels {
  /** Number of partial sums of a summary; a multiple of every vector length. */
  static final int PARTIALS = 16;

  @Override
  public void absMax(MemorySegment x, Block block, float[] into) {
    for (long row = 0; row < block.rows(); row++) {
      for (long j = 0; j < block.length(); j++) {
        int slot = slot(block, row, j);
        into[slot] = Math.max(into[slot], Math.abs(x.get(LE_FLOAT, offset(block, row, j))));
      }
    }
  }

  @Override
  public void minMax(MemorySegment x, Block block, float[] min, float[] max) {
    for (long row = 0; row < block.rows(); row++) {
      for (long j = 0; j < block.length(); j++) {
        int slot = slot(block, row, j);
        float value = x.get(LE_FLOAT, offset(block, row, j));
        min[slot] = Math.min(min[slot], value);
        max[slot] = Math.max(max[slot], value);
      }
    }
  }

  @Override
  public void quantize(
      MemorySegment x, Block block, AffineCodes affine, MemorySegment codes, long codesAt) {
    long at = codesAt;
    for (long row = 0; row < block.rows(); row++) {
      for (long j = 0; j < block.length(); j++) {
        float value = x.get(LE_FLOAT, offset(block, row, j));
        codes.set(JAVA_BYTE, at++, (byte) code(value, affine, slot(block, row, j)));
      }
    }
  }

  @Override
  public void quantizeAndMeasure(
      MemorySegment x,
      Block block,
      AffineCodes affine,
      MemorySegment codes,
      long codesAt,
      CodeLoss loss) {
    for (long row = 0; row < block.rows(); row++) {
      for (long column = 0; column < block.length(); column += CodeLoss.RUN) {
        Run.of(x, block, affine, codes, codesAt, row, column).quantizeAndMeasure(0, loss);
      }
    }
  }

  /** Elements of a row from {@code at} on, whose codes begin at {@code to}. */
  record Run(
      MemorySegment x,
      long at,
      int length,
      MemorySegment codes,
      long to,
      AffineCodes affine,
      int slot,
      boolean byRow) {

    /** The run of a block that begins at a row and column of it. */
    static Run of(
        MemorySegment x,
        Block block,
        AffineCodes affine,
        MemorySegment codes,
        long codesAt,
        long row,
        long column) {
      long offset = row * block.length() + column;
      int length = (int) Math.min(CodeLoss.RUN, block.length() - column);
      boolean byRow = block.sharing() == Sharing.ROW;
      return new Run(
          x,
          block.at() + offset,
          length,
          codes,
          codesAt + offset,
          affine,
          ScalarQuantization.slot(block, row, column),
          byRow);
    }

    /** What is left of the run after its first elements. */
    void quantizeAndMeasure(int done, CodeLoss loss) {
      float inverse = loss.inverse();
      for (int j = done; j < length; j++) {
        float value = x.get(LE_FLOAT, (at + j) * Float.BYTES);
        int entry = byRow ? slot : slot + j;
        int code = code(value, affine, entry);
        codes.set(JAVA_BYTE, to + j, (byte) code);
        float scaled = value * inverse;
        float unit = affine.scales()[entry] * inverse;
        float error = scaled - (code - affine.zeroPoints()[entry]) * unit;
        loss.lanes[j % CodeLoss.LANES] += scaled * scaled;
        loss.lanes[CodeLoss.LANES + j % CodeLoss.LANES] += error * error;
      }
      loss.ran(length);
    }
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
    long at = codesAt;
    for (long row = 0; row < block.rows(); row++) {
      for (long j = 0; j < block.length(); j++) {
        byte stored = codes.get(JAVA_BYTE, at++);
        int code = affine.signed() ? stored : stored & 0xff;
        x.set(LE_FLOAT, offset(block, row, j), value(code, affine, slot(block, row, j)));
      }
    }
  }

  @Override
  public void project(ScaleTrials trials, int rows) {
    for (int trial = 0; trial < trials.count(); trial++) {
      for (int lane = 0; lane < ScaleTrials.LANES; lane++) {
        int entry = trial * ScaleTrials.LANES + lane;
        float inverse = trials.inverses[entry];
        float products = 0;
        float squares = 0;
        for (int row = 0; row < rows; row++) {
          float x = trials.tile[row * ScaleTrials.LANES + lane];
          float rounded = (float) Math.rint(x * inverse);
          float k = Math.clamp(rounded, (float) trials.low[lane], (float) trials.high[lane]);
          products += k * x;
          squares += k * k;
        }
        trials.products[entry] += products;
        trials.squares[entry] += squares;
      }
    }
  }

  @Override
  public void pack(MemorySegment codes, MemorySegment packed, int bits) {
    int perByte = 8 / bits;
    int mask = (1 << bits) - 1;
    for (long at = 0; at < packed.byteSize(); at++) {
      int merged = 0;
      for (int k = 0; k < perByte && at * perByte + k < codes.byteSize(); k++) {
        merged |= (codes.get(JAVA_BYTE, at * perByte + k) & mask) << (k * bits);
      }
      packed.set(JAVA_BYTE, at, (byte) merged);
    }
  }

  @Override
  public void unpack(MemorySegment packed, MemorySegment codes, int bits, boolean signed) {
    int perByte = 8 / bits;
    for (long i = 0; i < codes.byteSize(); i++) {
      int shifted = packed.get(JAVA_BYTE, i / perByte) << (32 - bits - bits * (int) (i % perByte));
      codes.set(JAVA_BYTE, i, (byte) (signed ? shifted >> (32 - bits) : shifted >>> (32 - bits)));
    }
  }

  @Override
  public long histogram(MemorySegment x, float scale, long[] counts) {
    long nonFinite = 0;
    int half = counts.length / 2;
    for (long at = 0; at < x.byteSize(); at += Float.BYTES) {
      float value = x.get(LE_FLOAT, at);
      if (Float.isFinite(value)) {
        int k = Math.min((int) (Math.abs(value) * scale), half - 1);
        counts[value < 0 ? half - 1 - k : half + k]++;
      } else {
        nonFinite++;
      }
    }
    return nonFinite;
  }

  @Override
  public FloatSummary summary(MemorySegment x) {
    return finish(FloatSummary.NONE, x, new double[PARTIALS], new double[PARTIALS]);
  }

  /**
   * The summary of elements of which a multiple of {@link #PARTIALS} have been seen, and the rest.
   *
   * @param seen counts and extremes of those seen; its sums do not count
   * @param sums partial sums of those seen, changed here
   * @param squares partial sums of squares of those seen, changed here
   */
  static FloatSummary finish(
      FloatSummary seen, MemorySegment rest, double[] sums, double[] squares) {
    long count = seen.count();
    long nonFinite = seen.nonFinite();
    long zeros = seen.zeros();
    float min = seen.min();
    float max = seen.max();
    long length = rest.byteSize() / Float.BYTES;
    for (long i = 0; i < length; i++) {
      float value = rest.get(LE_FLOAT, i * Float.BYTES);
      if (!Float.isFinite(value)) {
        nonFinite++;
        continue;
      }
      count++;
      zeros += value == 0 ? 1 : 0;
      min = Math.min(min, value);
      max = Math.max(max, value);
      int partial = (int) (i % PARTIALS);
      sums[partial] += value;
      squares[partial] += (double) value * value;
    }
    return new FloatSummary(
        count, nonFinite, zeros, min, max, sumByHalves(sums), sumByHalves(squares));
  }

  /** ONNX QuantizeLinear: float32 division, half to even, saturating; NaN gives the least code. */
  static int code(float value, AffineCodes affine, int slot) {
    double rounded = Math.rint(value / affine.scales()[slot]) + affine.zeroPoints()[slot];
    return rounded >= affine.min() ? (int) Math.min(rounded, affine.max()) : affine.min();
  }

  /** ONNX DequantizeLinear in float32. */
  static float value(int code, AffineCodes affine, int slot) {
    return (code - affine.zeroPoints()[slot]) * affine.scales()[slot];
  }

  static double sumByHalves(double[] partials) {
    for (int half = PARTIALS / 2; half > 0; half /= 2) {
      for (int k = 0; k < half; k++) {
        partials[k] += partials[k + half];
      }
    }
    return partials[0];
  }

  private static int slot(Block block, long row, long column) {
    return block.slot() + (int) (block.sharing() == Sharing.ROW ? row : column);
  }

  private static long offset(Block block, long row, long column) {
    return (block.at() + row * block.length() + column) * Float.BYTES;
  }
}
