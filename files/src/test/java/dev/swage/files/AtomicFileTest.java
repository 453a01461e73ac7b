package dev.swage.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AtomicFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"nothing", "link"})
  void aLinkThatLeadsNowhereIsRefused(String to) throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve(to));
    assertThatThrownBy(() -> AtomicFile.write(link, out -> out.write(1)))
        .isInstanceOf(FileSystemException.class)
        .hasMessage("%s: it is a link to %s, which is not there", link, folder.resolve(to));
    assertThat(folder.toFile().list()).containsExactly("link");
    assertThat(link).isSymbolicLink();
  }

  @Test
  void aLinkToAFileIsWrittenThrough() throws IOException {
    Path real = Files.writeString(folder.resolve("real"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    AtomicFile.write(link, out -> out.write("new".getBytes(StandardCharsets.UTF_8)));
    assertThat(real).hasContent("new");
    assertThat(link).isSymbolicLink();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisabledOnOs(OS.WINDOWS)
  void aDeviceIsWrittenToAndNeverReplaced(boolean throughALink) throws IOException {
    Path device = Path.of("/dev/null");
    Path path = throughALink ? Files.createSymbolicLink(folder.resolve("device"), device) : device;
    AtomicFile.write(path, out -> out.write(1));
    assertThat(Files.isRegularFile(device)).isFalse();
    assertThat(Files.isSymbolicLink(path)).isEqualTo(throughALink);
    // What has to be whole before it has its name, as a model, is no stream.
    assertThatThrownBy(() -> AtomicFile.prepare(path, out -> out.write(1)))
        .isInstanceOf(FileSystemException.class)
        .hasMessage("%s: it is no regular file", path);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aPipeIsWrittenTo() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo");
    FutureTask<String> reader = new FutureTask<>(() -> Files.readString(pipe));
    Thread.ofPlatform().daemon().start(reader);
    AtomicFile.write(pipe, out -> out.write("{}".getBytes(StandardCharsets.UTF_8)));
    assertThat(reader.get(10, TimeUnit.SECONDS)).isEqualTo("{}");
    assertThat(Files.isRegularFile(pipe)).isFalse();
    assertThat(folder.toFile().list()).containsExactly("pipe");
  }

  /** Also what fails with an error, as a lack of memory. */
  @Test
  void whatFailsLeavesNothing() {
    for (Throwable failure :
        new Throwable[] {new IOException("x"), new IllegalStateException("x"), new Error("x")}) {
      assertThatThrownBy(() ->
              AtomicFile.prepare(
                  folder.resolve("a"),
                  out -> {
                    out.write(1);
                    AtomicFileTest.<IOException>raise(failure);
                  }))
          .isSameAs(failure);
      assertThat(folder).isEmptyDirectory();
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void raise(Throwable failure) throws E {
    throw (E) failure;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 20_000_000})
  void aNameFromTheContentIsTheSameHoweverItWasWritten(int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ((i * 31) >> 3);
    }
    Fingerprint whole = new Fingerprint();
    whole.update(ByteBuffer.wrap(bytes));
    try (AtomicFile file =
        AtomicFile.prepareNamed(
            folder.resolve("a"),
            out -> {
              int half = length / 3;
              out.write(bytes, 0, half);
              out.write(bytes, half, length - half);
            },
            digits -> "a." + digits)) {
      assertThat(file.target()).isEqualTo(folder.resolve("a." + whole.digits()));
      file.commit();
    }
    assertThat(folder.resolve("a." + whole.digits())).hasBinaryContent(bytes);
    assertThat(whole.digits()).matches("[0-9a-f]{12}");
  }

  @Test
  void aFingerprintHasBothChecksums() {
    Fingerprint known = new Fingerprint();
    known.update(ByteBuffer.wrap("123456789".getBytes(StandardCharsets.US_ASCII)));
    // The check values of CRC-32C, E3069283, and of CRC-32, CBF43926.
    assertThat(known.digits()).isEqualTo("e30692833926");
  }
}
