package dev.swage.bench;

import dev.swage.train.torch.lib.TorchRuntime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/**
 * Trains the character model with libtorch alone, on demand: a line {@code steps N} is answered
 * with the nanoseconds N steps took and the last step's loss; end of input ends it. Arguments:
 * number of sequences, seed, batch size, threads.
 */
final class TorchCharacterProcess {
  private TorchCharacterProcess() {}

  public static void main(String[] args) throws IOException {
    int count = Integer.parseInt(args[0]);
    TorchRuntime.setThreads(Integer.parseInt(args[3]));
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofShared();
        BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      CharacterSamples samples = CharacterSamples.generate(arena, count, Long.parseLong(args[1]));
      TorchCharacterTraining training =
          new TorchCharacterTraining(samples, Integer.parseInt(args[2]));
      answers.println("ready " + TorchRuntime.describe());
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        int steps = Integer.parseInt(line.substring("steps ".length()));
        long nanos = training.train(steps);
        answers.println("took " + nanos + " " + training.loss());
      }
    }
  }
}
