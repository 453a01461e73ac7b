package dev.swage.cli.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.yaml.YamlException;
import dev.swage.testkit.fuzz.FuzzRun;
import dev.swage.testkit.fuzz.FuzzTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recipes that were changed at random are read, or refused in one line. */
class RecipeFuzzTest {
  private static final int INPUTS = 1_000;

  @TempDir private Path folder;

  /** The recipes that are shipped, changed. */
  private final class Target implements FuzzTarget {
    @Override
    public String name() {
      return "recipes";
    }

    @Override
    public Form form() {
      return Form.TEXT;
    }

    @Override
    public List<byte[]> seeds() {
      List<byte[]> seeds = new ArrayList<>();
      try (Stream<Path> files = Files.list(Path.of("..", "recipes"))) {
        for (Path file :
            files.filter(path -> path.toString().endsWith(".yaml")).sorted().toList()) {
          seeds.add(Files.readAllBytes(file));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return seeds;
    }

    @Override
    public void read(byte[] input) throws IOException {
      Path file = folder.resolve("recipe.yaml");
      Files.write(file, input);
      try {
        RecipeReader.read(file, List.of());
      } catch (YamlException e) {
        assertThat(String.valueOf(e.getMessage()).lines()).hasSize(1);
        throw e;
      }
    }
  }

  @Test
  void recipesAreReadOrRefused() {
    FuzzRun.Result result = FuzzRun.of(new Target(), INPUTS, 3);
    assertThat(result.findings()).as(result.toString()).isEmpty();
    assertThat(result.refused()).isBetween(1, INPUTS - 1);
  }
}
