package dev.swage.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
  @TempDir Path folder;

  /** As this process would call it, but for the named part. */
  private Path left(int part, String value, String suffix) throws IOException {
    String[] parts = Owner.tag().split("-");
    parts[part] = value;
    Path path = folder.resolve(".swage-" + String.join("-", parts) + suffix);
    if (suffix.isEmpty()) {
      Files.writeString(Files.createDirectories(path.resolve("work")).resolve("codes"), "x");
    } else {
      Files.writeString(path, "x");
    }
    return path;
  }

  private static String gone() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    return Long.toString(process.pid(), 36);
  }

  @Test
  void aFolderGoesWithAllThatIsInIt() throws IOException {
    try (WorkFolder work = WorkFolder.in(folder)) {
      Files.writeString(Files.createDirectory(work.path().resolve("a")).resolve("b"), "x");
      assertThat(work.path()).isDirectory().hasParent(folder);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatAProcessThatIsGoneLeftIsRemovedAndNothingElse() throws Exception {
    Path gone = left(1, gone(), "");
    Path goneFile = left(1, gone(), ".tmp");
    // The number of this process, which began at another time.
    Path reused = left(2, "1", "");
    Path alive = left(3, "other", "");
    Path elsewhere = left(0, "00000000", "");
    Path strange = Files.writeString(folder.resolve(".swage-notes"), "mine");
    Path lock = Files.writeString(folder.resolve(".swage-run.lock"), "process 1");
    try (WorkFolder work = WorkFolder.in(folder)) {
      assertThat(folder.toFile().listFiles())
          .containsExactlyInAnyOrder(
              work.path().toFile(), alive.toFile(), elsewhere.toFile(), strange.toFile());
    }
    assertThat(gone).doesNotExist();
    assertThat(goneFile).doesNotExist();
    assertThat(reused).doesNotExist();
    assertThat(lock).doesNotExist();
  }

  @Test
  void aLinkThatWasLeftIsRemovedAndNotWhatItLeadsTo() throws Exception {
    Path precious = Files.writeString(folder.resolve("precious"), "x");
    Path kept = Files.createDirectory(folder.resolve("kept"));
    Files.writeString(kept.resolve("a"), "x");
    Path left = left(1, gone(), "");
    Files.createSymbolicLink(left.resolve("there"), kept);
    String[] parts = Owner.tag().split("-");
    parts[1] = gone();
    Path link = folder.resolve(".swage-" + String.join("-", parts));
    Files.createSymbolicLink(link, kept);
    WorkFolder.in(folder).close();
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("precious", "kept");
    assertThat(kept.resolve("a")).exists();
    assertThat(precious).exists();
  }

  @Test
  void writingAFileLooksForWhatWasLeftToo() throws Exception {
    Path gone = left(1, gone(), ".tmp");
    AtomicFile.write(folder.resolve("a"), out -> out.write(1));
    assertThat(gone).doesNotExist();
    assertThat(folder.toFile().list()).containsExactly("a");
  }

  @Test
  void aFolderThatIsAResultIsMoved() throws IOException {
    try (WorkFolder work = WorkFolder.ofResult(folder)) {
      Files.writeString(work.path().resolve("a"), "x");
      work.moveTo(folder.resolve("result"));
    }
    assertThat(folder.resolve("result/a")).hasContent("x");
    WorkFolder.taking(folder.resolve("result")).close();
    assertThat(folder).isEmptyDirectory();
  }
}
