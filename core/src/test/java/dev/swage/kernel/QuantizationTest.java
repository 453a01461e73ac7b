package dev.swage.kernel;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class QuantizationTest {
  private final MemorySegment x = MemorySegment.ofArray(new float[10]);
  private final AffineCodes int8 = new AffineCodes(new float[] {1, 1}, new int[2], -128, 127);

  @Test
  void argumentsThatDoNotFitAreNamedBeforeAnythingIsTouched() {
    assertThatThrownBy(() -> Quantization.absMax(x, Block.ofRows(1, 2, 5, 0), new float[2]))
        .hasMessage("2 x 5 floats from element 1, entries 0…1 need 44 bytes, got 40");
    assertThatThrownBy(() -> Quantization.absMax(x, Block.ofColumns(0, 2, 5, 0), new float[2]))
        .hasMessage("2 x 5 floats from element 0, entries 0…4 need 5 maxima, got 2");
    assertThatThrownBy(() ->
            Quantization.quantize(
                x, Block.ofRows(0, 2, 5, 0), int8, MemorySegment.ofArray(new byte[11]), 2))
        .hasMessage("2 x 5 floats from element 0, entries 0…1 need bytes 2…11 of codes, got 11");
    assertThatThrownBy(() ->
            Quantization.pack(
                MemorySegment.ofArray(new byte[3]), MemorySegment.ofArray(new byte[1]), 4))
        .hasMessage("3 codes of 4 bits need 2 bytes, got 1");
    assertThatThrownBy(() -> Quantization.histogram(x, -1, new long[2]))
        .hasMessage("scale must be positive and finite, got -1.0");
    assertThatThrownBy(() -> Quantization.project(new ScaleTrials(1), 257))
        .hasMessage("a tile has 0…256 rows, got 257");
  }

  @Test
  void codesWiderThanAByteAreRejected() {
    assertThatThrownBy(() -> new AffineCodes(new float[1], new int[1], -1, 200))
        .hasMessage("codes must be a range within -128…127 or 0…255, got -1…200");
    assertThatThrownBy(() -> new AffineCodes(new float[1], new int[2], 0, 15))
        .hasMessage("as many zero points as scales needed, got 2 and 1");
  }
}
