package dev.swage.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class UnpackedLibraryTest {
  @TempDir Path folder;
  private Path cache;
  private List<URL> packed = List.of();

  @BeforeEach
  void pack() throws IOException {
    cache = folder.resolve("cache");
    Path jar = folder.resolve("natives.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String name : List.of("a.so", "b.so")) {
        zip.putNextEntry(new ZipEntry("native/" + name));
        zip.write(name.repeat(10_000).getBytes(StandardCharsets.UTF_8));
      }
    }
    packed =
        List.of(
            URI.create("jar:" + jar.toUri() + "!/native/a.so").toURL(),
            URI.create("jar:" + jar.toUri() + "!/native/b.so").toURL());
  }

  private Optional<Path> unpack() {
    return UnpackedLibrary.in(cache, "test", packed);
  }

  @Test
  void itIsUnpackedOnceAndNothingElseStays() throws IOException {
    Path place = unpack().orElseThrow();
    assertThat(place.resolve("a.so")).hasContent("a.so".repeat(10_000));
    Object before = Files.readAttributes(place, "unix:ino").get("ino");
    assertThat(unpack()).contains(place);
    assertThat(Files.readAttributes(place, "unix:ino").get("ino")).isEqualTo(before);
    assertThat(cache.toFile().list()).containsExactly(place.getFileName().toString());
  }

  @Test
  void whatIsNotWholeIsUnpackedAgain() throws IOException {
    Path place = unpack().orElseThrow();
    Files.writeString(place.resolve("a.so"), "x".repeat(40_000));
    assertThat(unpack()).contains(place);
    assertThat(place.resolve("a.so")).hasContent("a.so".repeat(10_000));
    Files.delete(place.resolve("b.so"));
    assertThat(unpack()).contains(place);
    assertThat(place.resolve("b.so")).exists();
  }

  @Test
  void whereOthersCanWriteNothingIsTrusted() throws IOException {
    Path place = unpack().orElseThrow();
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(unpack()).isEmpty();
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwx------"));
    assertThat(unpack()).contains(place);
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwx---"));
    assertThat(unpack()).isEmpty();
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
    // A link may lead anywhere tomorrow.
    Path real = Files.move(place, folder.resolve("real"));
    Files.createSymbolicLink(place, real);
    assertThat(unpack()).isEmpty();
  }

  @Test
  void whereNothingCanBeMadeTheLoaderIsLeftAlone() throws IOException {
    cache = Files.writeString(folder.resolve("file"), "x").resolve("cache");
    assertThat(unpack()).isEmpty();
  }

  @Test
  void severalAtOnceGetTheSame() throws Exception {
    List<Future<Optional<Path>>> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 32; i++) {
        all.add(threads.submit(this::unpack));
      }
    }
    Path place = unpack().orElseThrow();
    for (Future<Optional<Path>> each : all) {
      assertThat(each.get()).contains(place);
    }
    assertThat(cache.toFile().list()).containsExactly(place.getFileName().toString());
  }
}
