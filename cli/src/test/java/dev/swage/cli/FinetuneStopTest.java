package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.SwageProcess.Ended;
import dev.swage.cli.SwageProcess.Running;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code finetune} that a signal stops writes the best epoch it has, or says that it has none. */
@DisabledOnOs(OS.WINDOWS)
final class FinetuneStopTest {
  /** One step for each epoch, which takes longer than a stopped process is waited for. */
  private static final String[] LONG_STEPS = {
    "--data", "moons:?n=12600", "--batch", "32", "--accumulate", "350"
  };

  private static final String[] SHORT_STEPS = {"--data", "moons:?n=60000", "--batch", "32"};

  @TempDir private Path folder;
  private Path out = Path.of("");

  @BeforeEach
  void write() {
    out = folder.resolve("tuned.onnx");
    Network wide = Network.input("x", 2).seed(3);
    for (int layer = 0; layer < 6; layer++) {
      wide = wide.dense(512).relu();
    }
    OnnxWriter.write(wide.dense(3).build(), folder.resolve("wide.onnx"));
    OnnxWriter.write(
        Network.input("x", 2).dense(8).relu().dense(3).seed(3).build(),
        folder.resolve("narrow.onnx"));
  }

  /** Stops a run as soon as it has said something. */
  private Ended stopped(String signal, String model, String[] steps, String said)
      throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(List.of("finetune", folder.resolve(model).toString(), "--head", "2"));
    arguments.addAll(List.of(steps));
    arguments.addAll(
        List.of("--lr", "0.001", "--epochs", "10", "--patience", "10", "-o", "" + out));
    Running running = new SwageProcess(folder).start(arguments);
    while (!running.text().contains(said) && running.process().isAlive()) {
      Thread.sleep(20);
    }
    running.signal(signal);
    return running.ended();
  }

  private void assertHolds(Ended ended, int code, String how) throws IOException {
    assertThat(ended.exitCode()).as(ended.text()).isEqualTo(code);
    assertThat(ended.text())
        .containsPattern(
            "swage: (warning: )?"
                + how
                + "; .*tuned.onnx holds epoch \\d+, the best so far: loss [0-9.]+, accuracy ")
        .doesNotContain("\tat ", "Exception", "internal error");
    assertThat(OnnxReader.read(out).graph().initializers()).containsKey("head.weight");
    assertThat(OnnxReader.read(out).metadata()).containsKey("swage.source");
    assertThat(new SwageProcess(folder).leftovers()).isEmpty();
  }

  @Test
  void after_its_step() throws Exception {
    assertHolds(
        stopped("INT", "narrow.onnx", SHORT_STEPS, "epoch 3/"), 130, "stopped after step [0-9,]+");
    Files.delete(out);
    assertHolds(
        stopped("TERM", "narrow.onnx", SHORT_STEPS, "epoch 2/"), 143, "stopped after step [0-9,]+");
  }

  @Test
  void without_waiting_for_a_long_step() throws Exception {
    assertHolds(
        stopped("INT", "wide.onnx", LONG_STEPS, "epoch 1/"), 130, "ended before the step was done");
  }

  @Test
  void before_the_first_epoch_is_done() throws Exception {
    Ended ended = stopped("INT", "wide.onnx", LONG_STEPS, "parameters");
    assertThat(ended.exitCode()).as(ended.text()).isEqualTo(130);
    assertThat(ended.text())
        .contains("ended before the step was done; nothing was written, for no epoch was done")
        .doesNotContain("holds epoch");
    assertThat(out).doesNotExist();
    assertThat(new SwageProcess(folder).leftovers()).isEmpty();
  }
}
