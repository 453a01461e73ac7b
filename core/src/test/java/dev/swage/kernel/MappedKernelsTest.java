package dev.swage.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.MappedMemory;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kernels on memory of a mapped file: the same bits, and an error where the file is cut off. */
@DisabledOnOs(OS.WINDOWS)
class MappedKernelsTest {
  private static final int ROWS = 3;

  /** More than a copy takes, and no multiple of anything. */
  private static final int COLUMNS = 70_001;

  private static final int ELEMENTS = ROWS * COLUMNS;

  /** Readings after which kernels are compiled: until then nothing ends the process. */
  private static final int COMPILING = 60;

  @TempDir private Path folder;

  /** What kernels read, all floats or codes of the segment. */
  enum Reading {
    ABS_MAX_OF_ROWS {
      @Override
      Object of(MemorySegment x) {
        float[] max = new float[ROWS];
        Quantization.absMax(x, rows(), max);
        return max;
      }
    },
    ABS_MAX_OF_COLUMNS {
      @Override
      Object of(MemorySegment x) {
        float[] max = new float[COLUMNS];
        Quantization.absMax(x, columns(), max);
        return max;
      }
    },
    ABS_MAX_OF_SHORT_ROWS {
      @Override
      Object of(MemorySegment x) {
        float[] max = new float[ELEMENTS / 32];
        Quantization.absMax(x, Block.ofRows(1, ELEMENTS / 32, 32, 0), max);
        return max;
      }
    },
    MIN_MAX {
      @Override
      Object of(MemorySegment x) {
        float[] min = new float[COLUMNS];
        float[] max = new float[COLUMNS];
        Quantization.minMax(x, columns(), min, max);
        return new float[][] {min, max};
      }
    },
    QUANTIZE {
      @Override
      Object of(MemorySegment x) {
        MemorySegment codes = codes(ELEMENTS + 5);
        Quantization.quantize(x, columns(), affine(COLUMNS), codes, 5);
        return bytes(codes);
      }
    },
    QUANTIZE_AND_MEASURE {
      @Override
      Object of(MemorySegment x) {
        MemorySegment codes = codes(ELEMENTS);
        CodeLoss loss = new CodeLoss(0.01f);
        Quantization.quantizeAndMeasure(x, rows(), affine(ROWS), codes, 0, loss);
        return new Object[] {bytes(codes), loss.signal(), loss.noise()};
      }
    },
    QUANTIZE_AND_MEASURE_COLUMNS {
      @Override
      Object of(MemorySegment x) {
        MemorySegment codes = codes(ELEMENTS);
        CodeLoss loss = new CodeLoss(0.01f);
        Quantization.quantizeAndMeasure(x, columns(), affine(COLUMNS), codes, 0, loss);
        return new Object[] {bytes(codes), loss.signal(), loss.noise()};
      }
    },
    QUANTIZE_THEN_SCAN {
      @Override
      Object of(MemorySegment x) {
        MemorySegment codes = codes(ELEMENTS);
        float[] max = new float[ROWS];
        Quantization.quantizeThenScan(x, Block.ofRows(0, 1, COLUMNS, 0), affine(ROWS), codes, max);
        return new Object[] {bytes(codes), max};
      }
    },
    DEQUANTIZE {
      @Override
      Object of(MemorySegment x) {
        MemorySegment floats = MemorySegment.ofArray(new float[ELEMENTS]);
        Quantization.dequantize(x, 3, columns(), affine(COLUMNS), floats);
        return bytes(floats);
      }
    },
    PACK {
      @Override
      Object of(MemorySegment x) {
        MemorySegment packed = codes(Math.ceilDiv(ELEMENTS, 2));
        Quantization.pack(x.asSlice(0, ELEMENTS), packed, 4);
        return bytes(packed);
      }
    },
    UNPACK {
      @Override
      Object of(MemorySegment x) {
        MemorySegment codes = codes(ELEMENTS);
        Quantization.unpack(x.asSlice(0, Math.ceilDiv(ELEMENTS, 4)), codes, 2, true);
        return bytes(codes);
      }
    },
    HISTOGRAM {
      @Override
      Object of(MemorySegment x) {
        long[] counts = new long[64];
        return new Object[] {Quantization.histogram(x, 8, counts), counts};
      }
    },
    SUMMARY {
      @Override
      Object of(MemorySegment x) {
        return Quantization.summary(x);
      }
    },
    MISMATCH {
      @Override
      Object of(MemorySegment x) {
        MemorySegment other = MemorySegment.ofArray(bytes(x));
        other.set(
            ValueLayout.JAVA_BYTE, x.byteSize() - 2, (byte) ~other.get(BYTE, x.byteSize() - 2));
        return MappedMemory.mismatch(x, other);
      }
    },
    COPY {
      @Override
      Object of(MemorySegment x) {
        try (Arena arena = Arena.ofConfined()) {
          return bytes(MappedMemory.forNativeCode(x, arena, 64));
        }
      }
    };

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    abstract Object of(MemorySegment x);

    private static Block rows() {
      return Block.ofRows(0, ROWS, COLUMNS, 0);
    }

    private static Block columns() {
      return Block.ofColumns(0, ROWS, COLUMNS, 0);
    }

    private static AffineCodes affine(int entries) {
      float[] scales = new float[entries];
      for (int i = 0; i < entries; i++) {
        scales[i] = 0.01f + i % 7 * 0.001f;
      }
      return new AffineCodes(scales, new int[entries], -127, 127);
    }

    private static MemorySegment codes(int count) {
      return MemorySegment.ofArray(new byte[count]);
    }

    private static byte[] bytes(MemorySegment memory) {
      return memory.toArray(BYTE);
    }
  }

  /** The first kernels that run are not the vector ones. */
  @BeforeAll
  static void vectorsRun() {
    MemorySegment zeros = MemorySegment.ofArray(new byte[1 << 24]);
    MemorySegment packed = MemorySegment.ofArray(new byte[1 << 23]);
    for (int i = 0; i < 9; i++) {
      Quantization.pack(zeros, packed, 4);
    }
  }

  private Path written() throws IOException {
    float[] floats = TestFloats.gaussian(ELEMENTS, 0.3, 3);
    return Files.write(
        folder.resolve("floats"), MemorySegment.ofArray(floats).toArray(ValueLayout.JAVA_BYTE));
  }

  private static MemorySegment map(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sameBits(Reading reading) throws IOException {
    Path file = written();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapped = map(file, arena);
      assertThat(mapped.isMapped()).isTrue();
      Object[] found = {reading.of(mapped)};
      Object[] expected = {reading.of(MemorySegment.ofArray(Files.readAllBytes(file)))};
      assertThat(Arrays.deepEquals(found, expected)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsCutOffIsAnError(Reading reading) throws IOException {
    Path file = written();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapped = map(file, arena);
      for (int i = 0; i < COMPILING; i++) {
        reading.of(mapped);
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(4096);
      }
      assertThatThrownBy(() -> reading.of(mapped)).isInstanceOf(InternalError.class);
    }
  }
}
