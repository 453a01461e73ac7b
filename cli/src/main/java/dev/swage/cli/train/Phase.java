package dev.swage.cli.train;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.StopSignals;
import dev.swage.cli.console.StoppedException;
import dev.swage.cli.recipe.Recipe;
import dev.swage.data.DataSource;
import dev.swage.train.Checkpoint;
import dev.swage.train.CheckpointPolicy;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingControl;
import dev.swage.train.TrainingListener;
import dev.swage.train.TrainingRun;
import dev.swage.train.TrainingStoppedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A training of a recipe, of which it may have several: watched, saved on its way, resumed. */
final class Phase {
  private final Recipe recipe;
  private final String name;
  private final Path history;
  private final Optional<Saving> saving;
  private final Console console;
  private final Optional<Path> stage;

  /** The training in floats. */
  Phase(Recipe recipe, Path history, Optional<Saving> saving, Console console) {
    this(recipe, recipe.name(), history, saving, console, Optional.empty());
  }

  /** A stage of the training through codes, in a folder of its own. */
  static Phase ofStage(
      Recipe recipe, String name, Path folder, Optional<Saving> saving, Console console) {
    return new Phase(
        recipe,
        name,
        folder.resolve("history.jsonl"),
        saving.map(s -> in(s, folder.resolve("checkpoint"))),
        console,
        Optional.of(folder));
  }

  /**
   * @param name of the training, for people
   * @param history file for its steps
   * @param saving where its state is saved
   * @param stage its folder, if it is a stage of the training through codes
   */
  private Phase(
      Recipe recipe,
      String name,
      Path history,
      Optional<Saving> saving,
      Console console,
      Optional<Path> stage) {
    this.stage = stage;
    this.recipe = recipe;
    this.name = name;
    this.history = history;
    this.saving = saving;
    this.console = console;
  }

  TrainingRun run(Trainer given, DataSource train, List<TrainingListener> listeners) {
    Optional<Checkpoint> checkpoint = checkpoint();
    TrainingControl control = new TrainingControl();
    Trainer trainer = given.control(control);
    saving.ifPresent(s -> trainer.checkpoint(s.policy()));
    Resume.label(trainer, recipe);
    checkpoint.ifPresent(trainer::resume);
    try (HistoryFile steps = history(checkpoint);
        TrainingProgress progress = new TrainingProgress(console, name);
        StopSignals signals =
            StopSignals.asking(
                new StopSignals.Stop(
                    control::stop,
                    "stopping after the current step; once more to end at once",
                    "ended before the step was done: the last checkpoint counts"),
                console)) {
      steps.begin(recipe);
      trainer.listener(steps).listener(progress);
      listeners.forEach(trainer::listener);
      try {
        TrainingRun run = trainer.fit(train);
        if (control.stopRequested()) {
          throw new StoppedException(stopped("training is finished"), signals.exitCode());
        }
        return run;
      } catch (TrainingStoppedException e) {
        throw new StoppedException(
            stopped("stopped after step %,d".formatted(e.step())), signals.exitCode());
      }
    }
  }

  private String stopped(String where) {
    return saving
        .map(s -> where + "; to go on: " + s.command())
        .orElse(where + "; nothing was saved");
  }

  private Optional<Checkpoint> checkpoint() {
    if (saving.isEmpty()) {
      return Optional.empty();
    }
    Path folder = saving.get().policy().folder();
    if (saving.get().resume()) {
      return Resume.find(recipe, folder, stage, console);
    }
    Resume.moveAside(folder, console);
    return Optional.empty();
  }

  private HistoryFile history(Optional<Checkpoint> checkpoint) {
    return checkpoint
        .map(from -> HistoryFile.resume(history, from.step(), from.epochs(), console))
        .orElseGet(() -> HistoryFile.create(history));
  }

  /** The same way of saving, in another folder. */
  private static Saving in(Saving saving, Path folder) {
    CheckpointPolicy policy = saving.policy().in(folder);
    return new Saving(policy, saving.resume(), saving.command());
  }
}
