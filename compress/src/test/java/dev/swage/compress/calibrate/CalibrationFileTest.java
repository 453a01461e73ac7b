package dev.swage.compress.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.quant.Histogram;
import dev.swage.quant.range.ActivationStatistics;
import dev.swage.quant.range.Range;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationFileTest {
  @TempDir private Path folder;

  private static Calibration sample() {
    Histogram histogram = new Histogram(64);
    float[] values = TestFloats.gaussian(1000, 3, 1);
    values[5] = Float.NaN;
    values[6] = 0;
    histogram.add(MemorySegment.ofArray(values));
    TensorCalibration some =
        new TensorCalibration(
            "conv \"1\"",
            new ActivationStatistics(histogram, new Range(-1.1f, 7.3f)),
            List.of(new NonFiniteSample(4, 1)));
    TensorCalibration none =
        new TensorCalibration(
            "none", new ActivationStatistics(new Histogram(64), Range.zero()), List.of());
    return new Calibration(
        "model.onnx",
        "a".repeat(64),
        "idx:mnist",
        "b".repeat(64),
        20,
        4,
        List.of(some, none),
        List.of(new LeftOut("dims", LeftOutReason.NOT_FLOAT32)));
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    Path file = folder.resolve("calibration.json");
    CalibrationFile.write(file, sample());
    Calibration read = CalibrationFile.read(file);
    assertThat(CalibrationFile.render(read)).isEqualTo(Files.readString(file));
    assertThat(read.leftOut()).isEqualTo(sample().leftOut());
    ActivationStatistics before = sample().tensors().getFirst().statistics();
    ActivationStatistics after = read.tensors().getFirst().statistics();
    assertThat(after.histogram().state()).isEqualTo(before.histogram().state());
    assertThat(after.movingAverage()).isEqualTo(before.movingAverage());
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void brokenFilesAreRefusedInOneLine() throws IOException {
    String text = CalibrationFile.render(sample());
    assertThatThrownBy(() -> read(text.substring(0, text.length() / 2)))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("calibration.json: ");
    assertThatThrownBy(() -> read(text.replace("calibration/1", "calibration/9")))
        .hasMessageContaining(
            "schema is swage.calibration/9, expected swage.calibration/1; swage calibrate writes"
                + " such files");
    assertThatThrownBy(() -> read(text.replace("\"zeros\":1", "\"zeros\":-1")))
        .hasMessageContaining("zeros");
    assertThatThrownBy(() -> read(text.replace("\"first\":", "\"first\":60")))
        .hasMessageContaining("field tensors[0].histogram.counts: expected at most the");
    assertThatThrownBy(
            () -> read(text.replaceFirst("\"first\":\\d+", "\"first\":" + Long.MAX_VALUE)))
        .hasMessageContaining("histogram.counts: expected at most the");
    assertThatThrownBy(
            () -> read(text.replaceFirst("\"exponent\":-?\\d+", "\"exponent\":3000000000")))
        .hasMessageContaining("histogram.exponent: expected the exponent of a float");
    assertThatThrownBy(() -> read(text.replace("\"bins\":64", "\"bins\":1000000000")))
        .hasMessageContaining("histogram.counts");
    assertThatThrownBy(() -> read(text.replace("\"samples\": 20", "\"samples\": \"x\"")))
        .hasMessage(
            folder.resolve("calibration.json") + ": field samples: expected a whole number");
    assertThatThrownBy(() -> read(text.replace("not-float32", "because")))
        .hasMessageContaining("field leftOut[0].reason: expected a known reason, not 'because'");
    assertThatThrownBy(() -> CalibrationFile.read(folder.resolve("absent.json")))
        .hasMessage(folder.resolve("absent.json") + ": cannot be read: no such file or folder");
  }

  @Test
  void aCalibrationOfAnotherModelIsRefused() {
    assertThatThrownBy(() -> sample().requireModel(Path.of("other.onnx"), "c".repeat(64)))
        .hasMessage(
            "the calibration was observed on model.onnx (SHA-256 aaaaaaaaaaaa…), not on other.onnx"
                + " (cccccccccccc…): calibrate again");
  }

  @Test
  void aHashThatIsCutOffIsShownAsItIs() throws IOException {
    Path file = folder.resolve("calibration.json");
    Files.writeString(file, CalibrationFile.render(sample()).replace("a".repeat(64), "abc"));
    Calibration cut = CalibrationFile.read(file);
    assertThatThrownBy(() -> cut.requireModel(Path.of("other.onnx"), "c".repeat(64)))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("(SHA-256 abc…)");
  }

  private void read(String text) throws IOException {
    Path file = folder.resolve("calibration.json");
    Files.writeString(file, text);
    CalibrationFile.read(file);
  }
}
