package dev.swage.compress.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodeMemoryTest {
  private static final long MEBIBYTE = 1 << 20;

  /** More than any disk has. */
  private static final long HUGE = 1L << 60;

  @TempDir private Path folder;

  /** A mapped page takes disk when it is written to: until then others must leave it room. */
  @Test
  void whatWasHandedOutCountsUntilItIsFilled() throws IOException {
    try (CodeMemory memory = CodeMemory.in(folder, Path.of("small.onnx"), 0)) {
      assertThat(memory.allocate(3 * MEBIBYTE).isMapped()).isTrue();
      assertThatThrownBy(() -> memory.requireRoomBeside(HUGE))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("%,d bytes of disk are needed".formatted(HUGE + 3 * MEBIBYTE));
      memory.settle();
      memory.allocate(MEBIBYTE);
      assertThatThrownBy(() -> memory.requireRoomBeside(HUGE))
          .hasMessageStartingWith("%,d bytes of disk are needed".formatted(HUGE + MEBIBYTE));
      memory.requireRoomBeside(0);
    }
  }

  @Test
  void codesWithoutRoomNameTheOutput() throws IOException {
    try (CodeMemory memory = CodeMemory.in(folder, Path.of("small.onnx"), 0)) {
      assertThatThrownBy(() -> memory.allocate(HUGE))
          .isInstanceOf(CompressException.class)
          .hasMessageStartingWith(
              "small.onnx: cannot be written: %,d bytes of disk are needed until it is, "
                  .formatted(HUGE));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void memoryOnTheHeapLeavesTheDiskToTheWriter() {
    CodeMemory memory = CodeMemory.in(folder, Path.of("small.onnx"), MEBIBYTE);
    memory.allocate(MEBIBYTE);
    assertThatNoException().isThrownBy(() -> memory.requireRoomBeside(HUGE));
  }
}
