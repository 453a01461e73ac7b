package dev.swage.bench;

import dev.swage.bench.encoder.TrainEncoderBenchmark;
import dev.swage.bench.fuzz.FuzzBenchmark;
import java.util.List;
import java.util.Optional;

/** Every benchmark there is, in the order they run. */
final class Benchmarks {
  private static final List<Benchmark> ALL =
      List.of(
          ClipStepBenchmark.adamW(),
          ClipStepBenchmark.momentumSgd(),
          ClipStepBenchmark.plainSgd(),
          new ClipMethodsBenchmark(),
          new ClipAgcBenchmark(),
          new ClipSpikesBenchmark(),
          new QuantizeBenchmark(),
          new QuantizeGroupsBenchmark(),
          new FakeQuantizeBenchmark(),
          new QuantizeFileBenchmark(),
          new QuantizeLargeBenchmark(),
          new TrainMnistBenchmark(),
          new TrainQuantizedBenchmark(),
          new TrainLstmBenchmark(),
          new TrainResnetBenchmark(),
          new TrainOverheadBenchmark(),
          new TrainEncoderBenchmark(),
          new TrainMemoryBenchmark(),
          new ObserveBenchmark(),
          new CalibrateMemoryBenchmark(),
          new LightModelsBenchmark(),
          new FuzzBenchmark());

  private Benchmarks() {}

  static List<Benchmark> all() {
    return ALL;
  }

  static Optional<Benchmark> find(String name) {
    return ALL.stream().filter(benchmark -> benchmark.name().equals(name)).findFirst();
  }
}
