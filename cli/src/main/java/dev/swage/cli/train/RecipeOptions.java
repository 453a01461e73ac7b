package dev.swage.cli.train;

import dev.swage.cli.recipe.Recipe;
import dev.swage.cli.recipe.RecipeReader;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The recipe a command works on. */
final class RecipeOptions {
  @Parameters(paramLabel = "RECIPE.yaml", description = "What to train (docs/recipes.md).")
  private Path file = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Lay a value over the recipe's, as in --set train.epochs=3; may be repeated.")
  private List<String> overrides = List.of();

  Path file() {
    return file;
  }

  Recipe read() {
    return read(List.of());
  }

  /** The recipe under further overrides, which come last. */
  Recipe read(List<String> more) {
    return RecipeReader.read(file, Stream.concat(overrides.stream(), more.stream()).toList());
  }
}
