package dev.swage.bench.encoder;

import dev.swage.clip.Clip;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.train.AdamW;
import dev.swage.train.Loss;
import dev.swage.train.Trainer;
import dev.swage.train.torch.lib.TorchRuntime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Trains the encoder in a process of its own, on demand: a line {@code steps N} or {@code passes N}
 * is answered with the nanoseconds it took, a line {@code peak} with the largest resident memory so
 * far in KiB; end of input ends it. Arguments: {@code swage} or {@code torch}, threads. Swage's
 * side only takes steps, all of them at once.
 */
final class EncoderProcess {
  static final int SAMPLES = 64 * TorchEncoderTraining.BATCH;

  private EncoderProcess() {}

  /** What takes the steps. */
  private interface Side {
    void steps(int count);

    void passes(int count);
  }

  public static void main(String[] args) throws IOException {
    TorchRuntime.setThreads(Integer.parseInt(args[1]));
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Side side = args[0].equals("swage") ? swage() : torch();
    answers.println("ready " + TorchRuntime.describe());
    try (BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        answers.println(answer(side, line.split(" ")));
      }
    }
  }

  private static String answer(Side side, String[] words) throws IOException {
    long start = System.nanoTime();
    switch (words[0]) {
      case "steps" -> side.steps(Integer.parseInt(words[1]));
      case "passes" -> side.passes(Integer.parseInt(words[1]));
      case "peak" -> {
        return "peak " + peakKibibytes();
      }
      default -> throw new IllegalArgumentException("unknown command: " + words[0]);
    }
    return "took " + (System.nanoTime() - start);
  }

  private static long peakKibibytes() throws IOException {
    String peak =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmHWM:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(peak.replaceAll("[^0-9]", ""));
  }

  private static Side torch() {
    TorchEncoderTraining training =
        new TorchEncoderTraining(
            EncoderWeights.random(), new EncoderSamples(EncoderSamples.INPUTS, SAMPLES));
    return new Side() {
      @Override
      public void steps(int count) {
        for (int i = 0; i < count; i++) {
          training.step();
        }
      }

      @Override
      public void passes(int count) {
        for (int i = 0; i < count; i++) {
          training.pass();
        }
      }
    };
  }

  private static Side swage() {
    OnnxModel model = EncoderModel.find().orElseThrow();
    return new Side() {
      @Override
      public void steps(int count) {
        trainer(model).fit(new EncoderSamples(inputs(model), count * TorchEncoderTraining.BATCH));
      }

      @Override
      public void passes(int count) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "%d passes: this side only takes steps", count));
      }
    };
  }

  static List<String> inputs(OnnxModel model) {
    return model.graph().feeds().stream().map(ValueInfo::name).toList();
  }

  /** Our trainer with the settings of the other side. */
  static Trainer trainer(OnnxModel model) {
    return Trainer.of(model)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(
            AdamW.of(TorchEncoderTraining.RATE).withWeightDecay(TorchEncoderTraining.WEIGHT_DECAY))
        .clip(Clip.byGlobalNorm(TorchEncoderTraining.MAX_NORM))
        .batchSize(TorchEncoderTraining.BATCH)
        .epochs(1)
        .seed(1);
  }
}
