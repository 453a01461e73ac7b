package dev.swage.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Sha256Test {
  @TempDir Path folder;

  /** Test vectors of FIPS 180-2 and its appendix: "", "abc", a million times "a". */
  @Test
  void theStandardsVectors() {
    assertThat(Sha256.of(""))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(Sha256.of("abc"))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(Sha256.of("a".repeat(1_000_000)))
        .isEqualTo("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 200_000})
  void theSameByEveryWay(int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 37);
    }
    String expected = Sha256.of(bytes);
    assertThat(Sha256.of(Files.write(folder.resolve("f"), bytes))).isEqualTo(expected);
    Sha256 heap = new Sha256();
    heap.add(MemorySegment.ofArray(bytes));
    assertThat(heap.digits()).isEqualTo(expected);
    try (Arena arena = Arena.ofConfined()) {
      Sha256 mapped = new Sha256();
      mapped.add(arena.allocate(length).copyFrom(MemorySegment.ofArray(bytes)));
      assertThat(mapped.digits()).isEqualTo(expected);
    }
    ByteArrayOutputStream copy = new ByteArrayOutputStream();
    Sha256 streamed = new Sha256();
    try (OutputStream out = streamed.over(copy)) {
      out.write(bytes, 0, length / 2);
      if (length > 0) {
        out.write(bytes[length / 2]);
        out.write(bytes, length / 2 + 1, length - length / 2 - 1);
      }
    }
    assertThat(streamed.digits()).isEqualTo(expected);
    assertThat(copy.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void partsAreOneWhole() {
    Sha256 parts = new Sha256();
    parts.add("é");
    parts.add((byte) 'b');
    assertThat(parts.digits()).isEqualTo(Sha256.of("éb".getBytes(StandardCharsets.UTF_8)));
  }
}
