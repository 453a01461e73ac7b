package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.console.ExitCode;
import dev.swage.report.ClipDoctorReport;
import dev.swage.report.JsonReports;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ClipDoctorCommandTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path history = Path.of("");

  @BeforeEach
  void writeHistory() throws IOException {
    history = folder.resolve("history.jsonl");
    StringBuilder text = new StringBuilder();
    text.append("{\"type\":\"run\",\"optimizer\":\"adam(lr=0.01)\",\"scaleInvariant\":true}\n");
    for (int i = 0; i < 60; i++) {
      text.append(step(i, 4 + 0.01 * i));
    }
    text.append("{\"type\":\"epoch\",\"epoch\":1}\n");
    Files.writeString(history, text);
  }

  private static String step(int step, double norm) {
    return ("{\"type\":\"step\",\"step\":%d,\"method\":\"global norm 2\",\"normBefore\":%s,"
            + "\"threshold\":1.0,\"clipped\":true,\"skipped\":false,"
            + "\"topShares\":{\"a\":0.4,\"b\":0.3}}\n")
        .formatted(step, norm);
  }

  private int run(String... args) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(args);
  }

  @Test
  void whatIsWrongIsPrintedAndWritten() {
    Path json = folder.resolve("doctor.json");
    assertThat(run("clip-doctor", history.toString(), "--json", json.toString())).isZero();
    assertThat(out.toString())
        .contains("60 steps, clip=global norm 2, 100.0 % clipped, 0 skipped, adam(lr=0.01)")
        .contains("clip doctor: always clips: 100.0 % of 60 steps were clipped")
        .contains("clip doctor: scale invariant optimizer:")
        .contains("clip: {norm: 8.59}");
    ClipDoctorReport report = JsonReports.read(json, ClipDoctorReport.class);
    assertThat(report.findings())
        .extracting(ClipDoctorReport.Finding::kind)
        .containsExactly("ALWAYS_CLIPS", "SCALE_INVARIANT_OPTIMIZER");
    assertThat(report.clip().clippedSteps()).isEqualTo(60);
  }

  @Test
  void aLastLineThatIsCutIsLeftOutWithAWarning() throws IOException {
    Files.writeString(history, Files.readString(history) + step(60, 4).substring(0, 40));
    assertThat(run("clip-doctor", history.toString())).isZero();
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "swage: %s: line 63 is cut off in the middle, as by a killed run; the 60 steps before it are used\n"
                .formatted(history));
    assertThat(out.toString()).contains("60 steps");
  }

  @Test
  void whatIsNoHistorySaysSoInOneLine() throws IOException {
    Files.writeString(history, "not json\n" + step(0, 1));
    assertThat(run("clip-doctor", history.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("line 1 is no JSON record").hasLineCount(1);

    Files.writeString(history, "{\"type\":\"epoch\"}\n");
    assertThat(run("clip-doctor", history.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("no optimizer step in it");

    assertThat(run("clip-doctor", folder.resolve("absent").toString())).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("no such file");
  }
}
