package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.swage.kernel.ScalarQuantization.Run;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Quantization that counts what it loses, for {@link VectorQuantization}. */
final class VectorMeasuring {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final int LANES = CodeLoss.LANES;

  private VectorMeasuring() {}

  static void quantize(
      MemorySegment x,
      Block block,
      AffineCodes affine,
      MemorySegment codes,
      long codesAt,
      CodeLoss loss) {
    for (long row = 0; row < block.rows(); row++) {
      for (long column = 0; column < block.length(); column += CodeLoss.RUN) {
        Run run = Run.of(x, block, affine, codes, codesAt, row, column);
        run.quantizeAndMeasure(run.byRow() ? row(run, loss) : columns(run, loss), loss);
      }
    }
  }

  /** Elements with one scale; how many of them were done. */
  private static int row(Run run, CodeLoss loss) {
    AffineCodes affine = run.affine();
    int zero = affine.zeroPoints()[run.slot()];
    MemorySegment x = run.x();
    MemorySegment codes = run.codes();
    long at = run.at();
    long to = run.to();
    float inverse = loss.inverse();
    FloatVector scale = FloatVector.broadcast(FLOATS, affine.scales()[run.slot()]);
    FloatVector unit = scale.mul(inverse);
    int bits = VectorQuantization.ROUNDER_BITS;
    IntVector low = IntVector.broadcast(INTS, bits + affine.min() - zero);
    IntVector high = IntVector.broadcast(INTS, bits + affine.max() - zero);
    FloatVector signal = FloatVector.fromArray(FLOATS, loss.lanes, 0);
    FloatVector noise = FloatVector.fromArray(FLOATS, loss.lanes, LANES);
    int j = 0;
    for (; j <= run.length() - LANES; j += LANES) {
      FloatVector value = floats(x, (at + j) * Float.BYTES);
      IntVector code = VectorQuantization.rounded(value, scale, low, high);
      bytes(code.add(zero)).intoMemorySegment(codes, to + j, LITTLE_ENDIAN);
      FloatVector scaled = value.mul(inverse);
      FloatVector error = scaled.sub(toFloats(code.sub(bits)).mul(unit));
      signal = signal.add(scaled.mul(scaled));
      noise = noise.add(error.mul(error));
    }
    signal.intoArray(loss.lanes, 0);
    noise.intoArray(loss.lanes, LANES);
    return j;
  }

  /** Elements with a scale each; how many of them were done. */
  private static int columns(Run run, CodeLoss loss) {
    AffineCodes affine = run.affine();
    int slot = run.slot();
    MemorySegment x = run.x();
    MemorySegment codes = run.codes();
    long at = run.at();
    long to = run.to();
    float inverse = loss.inverse();
    int bits = VectorQuantization.ROUNDER_BITS;
    IntVector least = IntVector.broadcast(INTS, bits + affine.min());
    IntVector most = IntVector.broadcast(INTS, bits + affine.max());
    FloatVector signal = FloatVector.fromArray(FLOATS, loss.lanes, 0);
    FloatVector noise = FloatVector.fromArray(FLOATS, loss.lanes, LANES);
    int j = 0;
    for (; j <= run.length() - LANES; j += LANES) {
      FloatVector scale = FloatVector.fromArray(FLOATS, affine.scales(), slot + j);
      IntVector zero = IntVector.fromArray(INTS, affine.zeroPoints(), slot + j);
      FloatVector value = floats(x, (at + j) * Float.BYTES);
      IntVector code = VectorQuantization.rounded(value, scale, least.sub(zero), most.sub(zero));
      bytes(code.add(zero)).intoMemorySegment(codes, to + j, LITTLE_ENDIAN);
      FloatVector scaled = value.mul(inverse);
      FloatVector error = scaled.sub(toFloats(code.sub(bits)).mul(scale.mul(inverse)));
      signal = signal.add(scaled.mul(scaled));
      noise = noise.add(error.mul(error));
    }
    signal.intoArray(loss.lanes, 0);
    noise.intoArray(loss.lanes, LANES);
    return j;
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
  }

  private static FloatVector toFloats(IntVector values) {
    return (FloatVector) values.convertShape(VectorOperators.I2F, FLOATS, 0);
  }

  private static ByteVector bytes(IntVector codes) {
    return (ByteVector) codes.convertShape(VectorOperators.I2B, BYTES, 0);
  }
}
