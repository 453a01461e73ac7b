package dev.swage.train;

import java.nio.file.Path;

/**
 * When a run writes checkpoints, where, and how many stay. Besides, one is written when a run is
 * stopped ({@link TrainingControl}) and when it has finished.
 *
 * @param everySteps optimizer steps between two checkpoints, at least 1
 * @param eachEpoch whether one is also written after every epoch
 * @param keep how many stay, the newest; at least 1
 * @param folder where they are, a folder for each
 */
public record CheckpointPolicy(long everySteps, boolean eachEpoch, int keep, Path folder) {
  public CheckpointPolicy {
    Checks.atLeastOne("everySteps", everySteps);
    Checks.atLeastOne("keep", keep);
  }

  /** Every so many steps, the last two kept, in {@code checkpoint} under the current folder. */
  public static CheckpointPolicy every(long steps) {
    return new CheckpointPolicy(steps, false, 2, Path.of("checkpoint"));
  }

  /** Keeps the newest {@code count}. */
  public CheckpointPolicy keep(int count) {
    return new CheckpointPolicy(everySteps, eachEpoch, count, folder);
  }

  /** Writes them to this folder, which is made when absent. */
  public CheckpointPolicy in(Path newFolder) {
    return new CheckpointPolicy(everySteps, eachEpoch, keep, newFolder);
  }

  /** Writes one after every epoch too. */
  public CheckpointPolicy andEachEpoch() {
    return new CheckpointPolicy(everySteps, true, keep, folder);
  }
}
