package dev.swage.bench;

import dev.swage.clip.Clip;
import dev.swage.train.AdamW;
import dev.swage.train.Loss;
import dev.swage.train.StepRecord;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingListener;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Whether 10,000 training steps of the MNIST conv net leave the process's resident memory flat. */
final class TrainMemoryBenchmark implements Benchmark {
  private static final int BATCH = 16;
  private static final int STEPS = 10_000;
  private static final int STEPS_PER_EPOCH = 100;
  private static final int EVERY = 250;
  private static final int WARMUP = 1000;

  @Override
  public String name() {
    return "train-memory";
  }

  @Override
  public String description() {
    return "resident memory over 10,000 training steps";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    Resident resident = new Resident();
    try (Arena arena = Arena.ofShared()) {
      ImageSamples samples =
          ImageSamples.generate(arena, MnistNet.IMAGE, BATCH * STEPS_PER_EPOCH, 1);
      Trainer.of(MnistNet.build())
          .loss(Loss.crossEntropyWithLogits())
          .optimizer(AdamW.of(1e-3))
          .clip(Clip.byGlobalNorm(1.0))
          .batchSize(BATCH)
          .epochs(STEPS / STEPS_PER_EPOCH)
          .seed(1)
          .listener(resident)
          .fit(samples.source());
    }
    List<Double> warm = resident.mebibytes.subList(WARMUP / EVERY - 1, STEPS / EVERY);
    double least = warm.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double most = warm.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return new Outcome(
        name(),
        List.of(
            "%,d steps of the MNIST conv net, batch %d, clipping by global norm, AdamW"
                .formatted(STEPS, BATCH),
            TorchRuntime.describe(),
            "resident after %,d steps %.0f MiB, at the end %.0f MiB, least %.0f, most %.0f"
                .formatted(WARMUP, warm.getFirst(), warm.getLast(), least, most)),
        List.of(),
        List.of(new Outcome.Trace("resident MiB every " + EVERY + " steps", resident.mebibytes)),
        List.of(Claim.atMost("growth after warm-up, most over least", most / least - 1, 0.05)));
  }

  /** Notes the resident memory as the run goes. */
  private static final class Resident implements TrainingListener {
    private final List<Double> mebibytes = new ArrayList<>();

    @Override
    public void step(StepRecord step) {
      if ((step.step() + 1) % EVERY == 0) {
        mebibytes.add(Machine.residentBytes() / 0x1p20);
      }
    }
  }
}
