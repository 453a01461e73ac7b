package dev.swage.cli.train;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.OutputException;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.console.Version;
import dev.swage.cli.recipe.Recipe;
import dev.swage.files.RunLock;
import dev.swage.files.Sha256;
import dev.swage.train.Checkpoint;
import dev.swage.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What {@code --resume} finds, and whether it fits the recipe. */
final class Resume {
  private static final String SETTING = "recipe/";

  /** What an earlier phase does not read: its checkpoints stay good when these change. */
  private static final List<String> LATER = List.of("quantize", "ship");

  private Resume() {}

  /** Puts what a later resume compares into the run's checkpoints. */
  static void label(Trainer trainer, Recipe recipe) {
    trainer.label("swage", Version.current());
    trainer.label("recipe", recipe.source());
    trainer.label("recipe.sha256", Sha256.of(recipe.source()));
    recipe.settings().forEach((key, value) -> trainer.label(SETTING + key, value));
  }

  /**
   * The checkpoint to go on from, told to the user; empty when there is none.
   *
   * @param stage the folder of the stage of training through codes that it is one of, if it is
   * @throws UsageException when the recipe is not the checkpoint's
   */
  static Optional<Checkpoint> find(
      Recipe recipe, Path folder, Optional<Path> stage, Console console) {
    Checkpoint.Found found = Checkpoint.newest(folder);
    found.damaged().forEach(line -> console.warning("passed over a checkpoint: " + line));
    if (found.checkpoint().isEmpty()) {
      console.line("no checkpoint in %s: starting from the beginning", folder);
      moveAside(folder, console);
      return Optional.empty();
    }
    Checkpoint checkpoint = found.checkpoint().get();
    requireSame(recipe, checkpoint, stage);
    String version = checkpoint.labels().getOrDefault("swage", "unknown");
    if (!version.equals(Version.current())) {
      console.warning(
          "%s was written by swage %s, this is %s; the resumed run may differ in the last bits"
              .formatted(checkpoint.path(), version, Version.current()));
    }
    if (checkpoint.finished()) {
      console.line(
          "training is finished: %,d steps, %d epochs; writing its files again",
          checkpoint.step(), checkpoint.epochs());
    } else {
      console.line(
          "resuming after step %,d (epoch %d) from %s",
          checkpoint.step(), checkpoint.epochs() + 1, checkpoint.path());
    }
    return found.checkpoint();
  }

  /** The newest checkpoint, if it is one of this recipe. */
  static Optional<Checkpoint> matching(Recipe recipe, Path folder) {
    Optional<Checkpoint> newest = Checkpoint.newest(folder).checkpoint();
    newest.ifPresent(checkpoint -> requireSame(recipe, checkpoint, Optional.empty()));
    return newest;
  }

  private static void requireSame(Recipe recipe, Checkpoint checkpoint, Optional<Path> stage) {
    Map<String, String> then = new LinkedHashMap<>();
    checkpoint
        .labels()
        .forEach((key, value) -> {
          if (key.startsWith(SETTING)) {
            then.put(key.substring(SETTING.length()), value);
          }
        });
    Set<String> keys = new LinkedHashSet<>(then.keySet());
    keys.addAll(recipe.settings().keySet());
    for (String key : keys) {
      String before = then.getOrDefault(key, "absent");
      String now = recipe.settings().getOrDefault(key, "absent");
      if (!before.equals(now) && isRead(key, stage.isPresent())) {
        throw new UsageException(
            "the recipe changed since %s: %s: %s → %s; change it back, or %s"
                .formatted(
                    checkpoint.path(),
                    key,
                    before,
                    now,
                    stage
                        .map(folder -> "move " + folder + " away to train that stage anew")
                        .orElse("leave out --resume to train anew")));
      }
    }
  }

  private static boolean isRead(String key, boolean stage) {
    return LATER.stream()
        .filter(part -> !stage || part.equals("ship"))
        .noneMatch(
            part -> key.equals(part) || key.startsWith(part + ".") || key.startsWith(part + "["));
  }

  /** Moves the checkpoints of an earlier run out of a new one's way, where they are not lost. */
  static void moveAside(Path folder, Console console) {
    Checkpoint.Found found = Checkpoint.newest(folder);
    if (!Files.isDirectory(folder)) {
      return;
    }
    Path previous = folder.resolveSibling(folder.getFileName() + ".previous");
    try {
      // What a killed run left there goes first.
      RunLock.take(folder, "run").close();
      delete(previous);
      Files.move(folder, previous);
    } catch (IOException e) {
      throw new OutputException(folder + ": cannot be moved to " + previous, e);
    }
    found
        .checkpoint()
        .filter(checkpoint -> !checkpoint.finished())
        .ifPresent(checkpoint ->
            console.line(
                "an earlier run stopped at step %,d; training anew without --resume, its checkpoints are in %s",
                checkpoint.step(), previous));
  }

  private static void delete(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
