package dev.swage.cli.train;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.TextFigures;
import dev.swage.clip.ClipRecord;
import dev.swage.data.TextUnit;
import dev.swage.train.Checkpoint;
import dev.swage.train.EpochRecord;
import dev.swage.train.Score;
import dev.swage.train.StepRecord;
import dev.swage.train.TrainingListener;
import dev.swage.train.TrainingPlan;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Shows training as it goes: a bar with the time left on a terminal, elsewhere a plain line now and
 * then. Both give the gradient norm before and after clipping, the threshold, and the share
 * clipped; lines also give the part of the weights' norm that the last measured step moved them by.
 */
public final class TrainingProgress implements TrainingListener, AutoCloseable {
  private static final int PLAIN_LINES = 10;
  private static final int MESSAGE_EVERY_MILLIS = 200;

  private final Console console;
  private final String name;
  private @Nullable ProgressBar bar;
  private int epochs;
  private Optional<TextUnit> textUnit = Optional.empty();
  private long steps;
  private long clipped;
  private long lastMessage;
  private String clipping = "";
  private String moved = "";

  /**
   * @param name of the run, shown before the bar
   */
  public TrainingProgress(Console console, String name) {
    this.console = console;
    this.name = name;
  }

  @Override
  public void started(TrainingPlan plan) {
    epochs = plan.epochs();
    textUnit = plan.textUnit();
    console.line(
        "%,d parameters, %d epochs of %,d steps, %d samples each; %s",
        plan.parameters(),
        plan.epochs(),
        plan.stepsPerEpoch(),
        plan.samplesPerStep(),
        plan.runtime());
    java.io.Console terminal = System.console();
    if (terminal != null && terminal.isTerminal() && !console.quiet()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(plan.totalSteps())
              .setUpdateIntervalMillis(MESSAGE_EVERY_MILLIS)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .clearDisplayOnFinish()
              .build();
    }
  }

  @Override
  public void resumed(Checkpoint from) {
    if (bar != null) {
      bar.stepTo(from.step());
    }
  }

  @Override
  public void warning(String message) {
    console.warning(message);
  }

  @Override
  public void step(StepRecord step) {
    steps++;
    clipped += step.clip().clipped() ? 1 : 0;
    step.updateRatio().ifPresent(ratio -> moved = ", moved %.1e of the weights".formatted(ratio));
    long now = System.currentTimeMillis();
    boolean due = now - lastMessage >= MESSAGE_EVERY_MILLIS;
    if (due) {
      lastMessage = now;
      clipping = describe(step.clip());
    }
    if (bar != null) {
      bar.step();
      if (due) {
        bar.setExtraMessage("loss %.4f, %s".formatted(step.loss(), clipping));
      }
    }
  }

  private String describe(ClipRecord clip) {
    return Double.isInfinite(clip.threshold())
        ? "norm %.3g".formatted(clip.normBefore())
        : "norm %.3g → %.3g (≤ %.3g), %.1f %% clipped"
            .formatted(
                clip.normBefore(), clip.normAfter(), clip.threshold(), 100.0 * clipped / steps);
  }

  @Override
  public void epoch(EpochRecord epoch) {
    int every = Math.max(1, epochs / PLAIN_LINES);
    if (bar == null && (epoch.epoch() % every == 0 || epoch.epoch() == epochs)) {
      console.line(
          "epoch %d/%d: loss %.4f%s, %s%s, %.1f s",
          epoch.epoch(),
          epochs,
          epoch.training().loss(),
          epoch.validation().map(this::describe).orElse(text(epoch.training())),
          clipping,
          moved,
          epoch.seconds());
    }
  }

  private String text(Score score) {
    return textUnit.map(unit -> " (" + TextFigures.describe(unit, score) + ")").orElse("");
  }

  private String describe(Score validation) {
    String loss = ", validation loss %.4f".formatted(validation.loss()) + text(validation);
    return validation.accuracy().isPresent()
        ? loss + ", accuracy %.2f %%".formatted(100 * validation.accuracy().getAsDouble())
        : loss;
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
