package dev.swage.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFileTest {
  @TempDir private Path folder;

  @Test
  void replaces_the_old_content_whole_and_leaves_nothing_beside_it() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "old and longer");
    ReportFile.write(file, "new ×");
    assertThat(file).hasContent("new ×");
    assertThat(folder).isDirectoryContaining(file::equals);
    assertThat(folder.toFile().list()).containsExactly("a.txt");
  }

  @Test
  void makes_missing_folders() {
    Path file = folder.resolve("deep/er/a.txt");
    ReportFile.write(file, "x");
    assertThat(file).hasContent("x");
  }

  @Test
  void a_folder_is_no_target() {
    assertThatThrownBy(() -> ReportFile.write(folder, "x"))
        .isInstanceOf(ReportException.class)
        .hasMessage("cannot write %s: it is a folder; give the path of a file", folder);
  }

  @Test
  void a_file_in_the_way_is_named_and_unharmed() throws IOException {
    Path blocker = Files.writeString(folder.resolve("b"), "keep");
    Path target = blocker.resolve("a.txt");
    assertThatThrownBy(() -> ReportFile.write(target, "x"))
        .isInstanceOf(ReportException.class)
        .hasMessage(
            "cannot write %s: %s is a file, not a folder; choose a path you may write to",
            target, blocker);
    assertThat(blocker).hasContent("keep");
  }

  @Test
  void a_system_that_refuses_says_why_in_one_line() throws IOException {
    Path longName = folder.resolve("n".repeat(300));
    assertThatThrownBy(() -> ReportFile.write(longName, "x"))
        .isInstanceOf(ReportException.class)
        .hasMessageStartingWith("cannot write " + longName + ": ")
        .hasMessageEndingWith("; choose a path you may write to")
        .hasMessageNotContaining("\n");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void a_link_to_a_file_is_written_through() throws IOException {
    Path real = Files.writeString(folder.resolve("real.txt"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link.txt"), real);
    ReportFile.write(link, "new");
    assertThat(link).isSymbolicLink();
    assertThat(real).hasContent("new");
  }

  @Test
  void a_link_to_nothing_is_not_replaced() throws IOException {
    Path nothing = folder.resolve("nothing");
    Path link = Files.createSymbolicLink(folder.resolve("link.txt"), nothing);
    assertThatThrownBy(() -> ReportFile.write(link, "x"))
        .isInstanceOf(ReportException.class)
        .hasMessage(
            "cannot write %s: it is a link to %s, which is not there;"
                + " choose a path you may write to",
            link, nothing);
    assertThat(link).isSymbolicLink();
  }

  @Test
  void a_link_to_a_folder_is_a_folder() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    ReportFile.write(link.resolve("a.txt"), "x");
    assertThat(real.resolve("a.txt")).hasContent("x");
    assertThatThrownBy(() -> ReportFile.write(link, "x"))
        .hasMessage("cannot write %s: it is a folder; give the path of a file", link);
  }

  /** What another writer has under way is not touched. */
  @Test
  void a_temporary_file_of_another_writer_stays() throws IOException {
    Path other = Files.writeString(folder.resolve(".a.txt.tmp"), "half of it");
    ReportFile.write(folder.resolve("a.txt"), "x");
    assertThat(other).hasContent("half of it");
  }

  @Test
  void two_writers_at_once_each_write_all() throws Exception {
    Path file = folder.resolve("a.txt");
    List<String> texts = List.of("a".repeat(500_000), "b".repeat(700_000));
    try (ExecutorService both = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 20; round++) {
        List<Future<?>> writing = new ArrayList<>();
        for (String text : texts) {
          writing.add(both.submit(() -> ReportFile.write(file, text)));
        }
        for (Future<?> each : writing) {
          each.get();
        }
        assertThat(texts).contains(Files.readString(file));
      }
    }
    assertThat(folder.toFile().list()).containsExactly("a.txt");
  }
}
