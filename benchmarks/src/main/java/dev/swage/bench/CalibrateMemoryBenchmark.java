package dev.swage.bench;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.CalibrationListener;
import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * Whether the memory of calibration depends on the number of samples: the peaks of resident memory
 * of processes that observe 20 and 2,000 samples of a conv net, in images of one size and of many.
 * The processes run with the options of the {@code swage} command.
 */
final class CalibrateMemoryBenchmark implements Benchmark {
  private static final int FEW = 20;
  private static final int MANY = 2000;
  private static final int PROCESSES = 5;
  private static final int LAYERS = 4;
  private static final int CHANNELS = 16;
  private static final int SIDE = 224;

  @Override
  public String name() {
    return "calibrate-memory";
  }

  @Override
  public String description() {
    return "peak memory of observing 2,000 samples against 20";
  }

  @Override
  public Outcome run() {
    Peaks fixed = Peaks.of("fixed");
    Peaks ragged = Peaks.of("ragged");
    return new Outcome(
        name(),
        List.of(
            "conv net of %d layers on images up to [3, %d, %d], %d JVMs for each number of samples"
                .formatted(LAYERS, SIDE, SIDE, PROCESSES),
            "peak resident memory in MiB for %d and %,d samples, medians (least … most)"
                .formatted(FEW, MANY),
            "one size: " + fixed.text(),
            "many sizes: " + ragged.text()),
        List.of(),
        List.of(
            new Outcome.Trace("peak resident MiB of 20, one size", fixed.few()),
            new Outcome.Trace("peak resident MiB of 2,000, one size", fixed.many()),
            new Outcome.Trace("peak resident MiB of 20, many sizes", ragged.few()),
            new Outcome.Trace("peak resident MiB of 2,000, many sizes", ragged.many())),
        List.of(fixed.growth("images of one size"), ragged.growth("images of many sizes")));
  }

  /**
   * Peaks in MiB, sorted. One process says little: its peak moves by a tenth with whether the JVM
   * compiles while it is reached.
   */
  private record Peaks(List<Double> few, List<Double> many) {
    static Peaks of(String data) {
      List<Double> few = new ArrayList<>();
      List<Double> many = new ArrayList<>();
      for (int i = 0; i < PROCESSES; i++) {
        few.add(peakMebibytes(FEW, data));
        many.add(peakMebibytes(MANY, data));
      }
      Collections.sort(few);
      Collections.sort(many);
      return new Peaks(few, many);
    }

    String text() {
      return text(few) + ", " + text(many);
    }

    private static String text(List<Double> peaks) {
      return "%.0f (%.0f … %.0f)"
          .formatted(peaks.get(PROCESSES / 2), peaks.getFirst(), peaks.getLast());
    }

    Claim growth(String data) {
      return Claim.atMost(
          "median peak of 2,000 %s over that of 20".formatted(data),
          many.get(PROCESSES / 2) / few.get(PROCESSES / 2),
          1.1);
    }
  }

  private static double peakMebibytes(int samples, String data) {
    try {
      Process process = UserProcess.of(Child.class, Integer.toString(samples), data).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException("the process with " + samples + " samples failed");
      }
      return Long.parseLong(output) / 1024.0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Observes as many samples as its first argument says and prints its peak memory in KiB. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      int samples = Integer.parseInt(args[0]);
      Calibration calibration =
          new Calibrator(CalibrationOptions.defaults(), CalibrationListener.NONE)
              .observe(
                  "conv net",
                  model(),
                  "0".repeat(64),
                  args[1].equals("ragged") ? new ManySizes(samples) : oneSize(samples));
      if (calibration.samples() != samples || calibration.tensors().size() < LAYERS) {
        throw new IllegalStateException("not all was observed");
      }
      String peak =
          Files.readAllLines(Path.of("/proc/self/status")).stream()
              .filter(line -> line.startsWith("VmHWM:"))
              .findFirst()
              .orElseThrow();
      System.out.println(peak.replaceAll("[^0-9]", ""));
    }

    private static DataSource oneSize(int samples) {
      return DataSource.open("random:1x3x%dx%d?n=%d".formatted(SIDE, SIDE, samples));
    }

    private static OnnxModel model() {
      Graph.Builder graph = Graph.builder("conv net").input(image("x0", 3));
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < LAYERS; i++) {
        int inputs = i == 0 ? 3 : CHANNELS;
        float[] weight = new float[CHANNELS * inputs * 9];
        for (int k = 0; k < weight.length; k++) {
          weight[k] = (float) (random.nextGaussian() / Math.sqrt(inputs * 9));
        }
        graph.initializer("w" + i, Tensor.ofFloats(Shape.of(CHANNELS, inputs, 3, 3), weight));
        graph.node(
            Node.of("conv" + i, "Conv", List.of("x" + i, "w" + i), "c" + i)
                .with("pads", dev.swage.onnx.Attribute.ints(1, 1, 1, 1)));
        graph.node(Node.of("relu" + i, "Relu", List.of("c" + i), "x" + (i + 1)));
      }
      return OnnxModel.of(graph.output(image("x" + LAYERS, CHANNELS)).build());
    }

    private static ValueInfo image(String name, int channels) {
      return new ValueInfo(
          name,
          Optional.of(DType.FLOAT32),
          Optional.of(
              List.of(
                  new ValueInfo.Dim.Symbolic("n"),
                  new ValueInfo.Dim.Fixed(channels),
                  new ValueInfo.Dim.Symbolic("height"),
                  new ValueInfo.Dim.Symbolic("width"))));
    }
  }

  /** Images of which no two in {@value #FEW} have one size, so that 20 are like 2,000. */
  private record ManySizes(int size) implements DataSource {
    @Override
    public String name() {
      return "images of many sizes";
    }

    @Override
    public List<Shape> inputShapes() {
      return List.of(shape(0));
    }

    @Override
    public OptionalInt classes() {
      return OptionalInt.empty();
    }

    @Override
    public int largestBatch() {
      return 1;
    }

    @Override
    public Batch batch(int... indices) {
      Shape shape = shape(indices[0]);
      SplittableRandom random = new SplittableRandom(indices[0]);
      float[] values = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextDouble(-2, 2);
      }
      return new Batch(List.of(Tensor.ofFloats(shape, values)), Optional.empty());
    }

    private static Shape shape(int sample) {
      int smaller = sample % FEW;
      return Shape.of(1, 3, SIDE - 5 * smaller, SIDE - 4 * smaller);
    }
  }
}
