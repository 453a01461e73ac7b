package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxWriter;
import dev.swage.train.torch.TorchSession;
import java.util.function.Supplier;

/** Runs that are stopped again and again, and go on from what they saved. */
final class InterruptedRuns {
  private InterruptedRuns() {}

  /**
   * Holds a run that is stopped after each of these steps against one that is not: the same model
   * and losses, bit for bit, and nothing left in native memory.
   *
   * @param policy where each stopped run saves its state
   * @return the run that was not stopped
   */
  static TrainingRun assertSame(
      Supplier<Trainer> trainers, DataSource data, CheckpointPolicy policy, int... stops) {
    TrainingRun expected = trainers.get().fit(data);
    for (int stop : stops) {
      Trainer stopped = stopping(trainers.get(), stop).checkpoint(policy).resume(policy.folder());
      assertThatThrownBy(() -> stopped.fit(data)).isInstanceOf(TrainingStoppedException.class);
    }
    TrainingRun resumed = trainers.get().checkpoint(policy).resume(policy.folder()).fit(data);
    assertThat(OnnxWriter.toBytes(resumed.model())).isEqualTo(OnnxWriter.toBytes(expected.model()));
    assertThat(resumed.history().stepLosses()).isEqualTo(expected.history().stepLosses());
    assertThat(TorchSession.liveTensors()).isZero();
    return expected;
  }

  private static Trainer stopping(Trainer trainer, int steps) {
    TrainingControl control = new TrainingControl();
    return trainer
        .control(control)
        .listener(
            new TrainingListener() {
              @Override
              public void step(StepRecord step) {
                if (step.step() + 1 == steps) {
                  control.stop();
                }
              }
            });
  }
}
