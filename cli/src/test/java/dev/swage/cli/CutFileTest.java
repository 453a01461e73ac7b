package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.SwageProcess.Ended;
import dev.swage.cli.SwageProcess.Running;
import dev.swage.onnx.ExternalData;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A model whose file is cut off while a command works on it: what it does is done, or it ends with
 * one line. Files are mapped here that would be read otherwise. {@code -Dswage.cut.moments=50}
 * tries more, over the whole time that a command takes, and {@code -Dswage.cut.width=2048} takes
 * weights of more bytes.
 */
@DisabledOnOs(OS.WINDOWS)
class CutFileTest {
  private static final int MOMENTS = Integer.getInteger("swage.cut.moments", 1);
  private static final int WIDTH = Integer.getInteger("swage.cut.width", 256);

  /** In which most commands have read some of the model. */
  private static final double SECONDS = 2;

  @TempDir private Path folder;

  /** What is done with the model, and where its weights lie. */
  enum Work {
    INT8(false, "quantize MODEL -o OUT"),
    INT8_BESIDE(true, "quantize MODEL -o OUT"),
    INT8_SEARCHED(true, "quantize MODEL -o OUT --range mse"),
    INT4_GROUPS(false, "quantize MODEL -o OUT --bits 4 --group 32"),
    CONTRIB(true, "quantize MODEL -o OUT --bits 4 --group 32 --format contrib"),
    PER_TENSOR(true, "quantize MODEL -o OUT --per-tensor --no-verify"),
    DYNAMIC(true, "quantize MODEL -o OUT --mode dynamic"),
    STATIC(true, "quantize MODEL -o OUT --calibrate random:WIDTH?n=16"),
    STATIC_ALONE(false, "quantize MODEL -o OUT --calibrate random:WIDTH?n=16"),
    EVALUATE(true, "evaluate MODEL --data random:WIDTH?n=64"),
    EVALUATE_ALONE(false, "evaluate MODEL --data random:WIDTH?n=64"),
    COMPARE(true, "compare MODEL OTHER --data random:WIDTH?n=16"),
    INSPECT(true, "inspect MODEL"),
    PLAN(false, "plan MODEL");

    private final boolean beside;
    private final String command;

    Work(boolean beside, String command) {
      this.beside = beside;
      this.command = command;
    }

    List<String> arguments(Path folder) {
      List<String> filled = new ArrayList<>();
      for (String argument : command.split(" ")) {
        filled.add(
            switch (argument) {
              case "MODEL" -> folder.resolve("model.onnx").toString();
              case "OTHER" -> folder.resolve("other.onnx").toString();
              case "OUT" -> folder.resolve("out.onnx").toString();
              default -> argument.replace("WIDTH", Integer.toString(WIDTH));
            });
      }
      return filled;
    }
  }

  private void write(Work work, Path there) throws IOException {
    Network network = Network.input("x", WIDTH).seed(7);
    for (int i = 0; i < 4; i++) {
      network = network.dense(WIDTH).relu();
    }
    OnnxModel model = network.dense(10).softmax().build();
    ExternalData where = work.beside ? ExternalData.above(1 << 10) : ExternalData.whenNeeded();
    OnnxWriter.write(model, there.resolve("model.onnx"), where);
    OnnxWriter.write(model, there.resolve("other.onnx"));
  }

  /** The largest of the model's files, which has the weights. */
  private static Path weights(Path there) throws IOException {
    try (Stream<Path> files = Files.list(there)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("model.onnx"))
          .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
          .orElseThrow();
    }
  }

  private static void cut(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  @ParameterizedTest
  @EnumSource
  void cutAtAnyMoment(Work work) throws Exception {
    write(work, folder);
    Path weights = weights(folder);
    Path kept = Files.copy(weights, folder.resolve("kept"));
    SwageProcess swage =
        new SwageProcess(folder)
            .withOptions("-Dswage.largest-read=0", "-XX:ErrorFile=" + folder.resolve("crash"));
    double seconds = MOMENTS == 1 ? SECONDS : wholeSeconds(swage, work);
    long size = Files.size(kept);
    SplittableRandom random = new SplittableRandom(work.name().length());
    int done = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
      Files.copy(kept, weights, StandardCopyOption.REPLACE_EXISTING);
      Running running = swage.start(work.arguments(folder));
      Thread.sleep((long) ((0.2 + 0.8 * random.nextDouble()) * 1000 * seconds));
      cut(weights, random.nextLong(size));
      Ended ended = running.ended();
      assertThat(folder.resolve("crash")).as(ended.text()).doesNotExist();
      assertThat(ended.exitCode()).as(ended.text()).isIn(0, 1);
      done += 1 - ended.exitCode();
      if (ended.exitCode() == 1) {
        assertThat(ended.text().lines().filter(line -> line.startsWith("swage: ")))
            .as(ended.text())
            .hasSize(1);
        assertThat(ended.text()).doesNotContain("internal error").doesNotContain("\tat ");
      }
    }
    System.out.printf(
        "%s: cut %d times within %.1f s; %d done all the same%n", work, MOMENTS, seconds, done);
  }

  private double wholeSeconds(SwageProcess swage, Work work) throws Exception {
    Ended whole = swage.run(work.arguments(folder));
    assertThat(whole.exitCode()).as(whole.text()).isZero();
    return whole.seconds();
  }
}
