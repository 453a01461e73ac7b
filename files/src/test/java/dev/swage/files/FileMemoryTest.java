package dev.swage.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class FileMemoryTest {
  @TempDir Path folder;

  private static void cut(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private Path file(long size) throws IOException {
    Path path = folder.resolve("w.bin");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(size);
    }
    return path;
  }

  @Test
  void aFileThatWasReadMayBecomeShorter() throws IOException {
    Path path = Files.write(folder.resolve("w.bin"), new byte[] {1, 2, 3});
    MemorySegment bytes = FileMemory.read(path, Arena.ofAuto());
    cut(path, 0);
    assertThat(bytes.toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3);
    assertThat(bytes.isReadOnly()).isTrue();
    assertThat(FileMemory.read(path, Arena.ofAuto()).byteSize()).isZero();
  }

  @Test
  void whatIsSaidOfALargeFileThatBecameShorterNamesIt() throws IOException {
    long size = (256L << 20) + 1;
    Path path = file(size);
    MemorySegment bytes = FileMemory.read(path, Arena.ofAuto());
    assertThat(bytes.isMapped()).isTrue();
    cut(path, 4096);
    assertThatThrownBy(
            () -> {
              byte[] copy = new byte[1 << 16];
              for (long at = 0; at + copy.length <= size; at += copy.length) {
                MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, copy, 0, copy.length);
              }
            })
        .isInstanceOf(InternalError.class)
        .satisfies(e ->
            assertThat(FileMemory.explain(new IllegalStateException(e)))
                .contains(
                    "%s: was cut off while it was read, from %d to 4096 bytes"
                        .formatted(path, size)));
    assertThat(FileMemory.explain(new InternalError("something else"))).isEmpty();
  }

  /** In the checksums of what is written, which the processor reads on its own. */
  @Test
  void alsoWhileItIsWrittenAgain() throws IOException {
    Path path = file((256L << 20) + 1);
    MemorySegment bytes = FileMemory.read(path, Arena.ofAuto());
    cut(path, 1 << 20);
    assertThatThrownBy(() ->
            AtomicFile.prepareNamed(
                folder.resolve("out"), out -> write(out, bytes), digits -> "out." + digits))
        .isInstanceOf(InternalError.class)
        .satisfies(e -> assertThat(FileMemory.explain(e)).isPresent());
    assertThat(folder.toFile().list()).containsExactly("w.bin");
  }

  /** Where the system itself reads it. */
  @Test
  void alsoWhileItIsWrittenWithoutChecksums() throws IOException {
    Path path = file((256L << 20) + 1);
    MemorySegment bytes = FileMemory.read(path, Arena.ofAuto());
    cut(path, 1 << 20);
    assertThatThrownBy(() -> AtomicFile.write(folder.resolve("out"), out -> write(out, bytes)))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "%s: was cut off while it was read, from %d to %d bytes"
                .formatted(path, (256L << 20) + 1, 1 << 20));
    assertThat(folder.toFile().list()).containsExactly("w.bin");
  }

  private static void write(OutputStream out, MemorySegment bytes) throws IOException {
    FileOutput.write(out, bytes);
  }
}
