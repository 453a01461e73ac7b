package dev.swage.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
