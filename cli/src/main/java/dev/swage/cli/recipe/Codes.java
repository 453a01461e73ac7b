package dev.swage.cli.recipe;

import dev.swage.clip.GradientClipper;
import dev.swage.hybrid.QatOptions;
import dev.swage.range.RangeControls;
import dev.swage.train.Distillation;
import dev.swage.train.LearningRate;
import dev.swage.train.Optimizer;
import dev.swage.train.quantize.QuantizerSchedule;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How the trained model is trained further, through the codes that it is shipped with.
 *
 * @param stages what it is trained for, one after the other: widths become narrower, never wider
 * @param quantizers what they do at which step of a stage
 * @param distillation how much is learned from the floats
 * @param epochs of each stage
 * @param plan which nodes become codes and how wide these are, where a file says so; stages have at
 *     least their own widths then
 * @param range what keeps the values of weights together meanwhile, if something does
 */
public record Codes(
    List<QatOptions> stages,
    QuantizerSchedule quantizers,
    Optional<Distillation> distillation,
    int epochs,
    Optimizer optimizer,
    LearningRate schedule,
    GradientClipper clipper,
    Optional<CodesPlan> plan,
    Optional<RangeControls> range) {
  /** Bits of weights whose oscillations are damped or frozen, at most. */
  static final int OSCILLATING = 4;

  public Codes {
    stages = List.copyOf(stages);
  }

  /**
   * The same of a stage, counted from 0: codes start later in the first one only, and those of many
   * bits may oscillate.
   */
  public QuantizerSchedule quantizers(int stage) {
    QuantizerSchedule schedule = stage == 0 ? quantizers : quantizers.startingAt(0);
    return stages.get(stage).weights().bits() > OSCILLATING
        ? schedule.leavingOscillations()
        : schedule;
  }

  /** What the file is for. */
  public QatOptions last() {
    return stages.getLast();
  }

  /**
   * The file's name, as {@code w4a8}: bits of weights and of activations; {@code w4a32} in floats.
   */
  public String name() {
    int activations = last().activationBits();
    return String.format(
        Locale.ROOT,
        "w%da%d",
        last().weights().bits(),
        activations == 0 ? Float.SIZE : activations);
  }

  /** Before it was trained through codes: what plain rounding gives. */
  public String untrained() {
    return name() + "-untrained";
  }
}
