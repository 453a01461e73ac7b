package dev.swage.bench.djl;

import ai.djl.engine.Engine;
import ai.djl.translate.TranslateException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Trains on demand: reads one command a line, answers one line. {@code steps N} answers {@code
 * nanos T} for N training steps, {@code accuracy N} answers {@code accuracy A} on the first N
 * samples, {@code parameters 0} how many numbers are trained; end of input ends it. Arguments:
 * network, samples file, batch size.
 */
public final class DjlProcess {
  private DjlProcess() {}

  public static void main(String[] args) throws IOException, TranslateException {
    Networks network = Networks.valueOf(args[0].toUpperCase(Locale.ROOT));
    Samples samples = Samples.read(Path.of(args[1]), network.pixels());
    Engine engine = Engine.getInstance();
    try (DjlNet net = new DjlNet(network, samples, Integer.parseInt(args[2]));
        BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      System.out.printf("ready %s %s%n", engine.getEngineName(), engine.getVersion());
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        String[] words = line.split(" ");
        int count = Integer.parseInt(words[1]);
        switch (words[0]) {
          case "steps" -> System.out.println("nanos " + time(net, count));
          case "parameters" -> System.out.println("parameters " + net.parameters());
          case "accuracy" -> System.out.println("accuracy " + net.accuracy(samples, count));
          default -> throw new IllegalArgumentException("unknown command: " + line);
        }
      }
    }
  }

  private static long time(DjlNet net, int steps) throws IOException, TranslateException {
    long start = System.nanoTime();
    net.train(steps);
    return System.nanoTime() - start;
  }
}
