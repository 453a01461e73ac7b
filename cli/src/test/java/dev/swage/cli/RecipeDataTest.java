package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.console.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a recipe's loss is for the targets of its data. */
class RecipeDataTest {
  @TempDir private Path folder;

  private Path write(String name, List<String> lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "csv:t.csv?task=regression|cross-entropy|is for classes, and the targets of csv:t.csv?task=regression are values; use mean-squared-error or huber, or say task=classification in the data",
        "csv:t.csv?task=regression|binary-cross-entropy|is for classes, and the targets of csv:t.csv?task=regression are values; use mean-squared-error or huber, or say task=classification in the data",
        "csv:t.csv|mean-squared-error|is for values, and the targets of csv:t.csv are 2 classes; use a cross-entropy loss, or say task=regression in the data",
        "moons:?n=100|huber|is for values, and the targets of moons:?n=100 are 2 classes; use a cross-entropy loss",
        "csv:t.csv?label=none|cross-entropy|needs targets, and csv:t.csv?label=none has none; say label=COLUMN"
      })
  void theLossIsHeldAgainstTheTargetsBeforeTraining(String data, String loss, String message)
      throws IOException {
    List<String> table = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      table.add("%d,%d,%d".formatted(i, i * i, i % 2));
    }
    write("t.csv", table);
    String recipe =
        TableRecipe.text(data, "csv:t.csv", 2, 2).replace("loss: cross-entropy", "loss: " + loss);
    Path file = Files.writeString(folder.resolve("r.yaml"), recipe);
    Path out = folder.resolve("out");
    for (String command : List.of("train", "sweep")) {
      List<String> args = new ArrayList<>(List.of(command, "" + file, "--data-dir", "" + folder));
      args.addAll(
          command.equals("train") ? List.of("--out", "" + out) : List.of("--over", "seed=1..2"));
      CommandRun result = CommandRun.of(args.toArray(String[]::new));
      assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.USAGE);
      assertThat(result.err().lines().toList())
          .anySatisfy(
              line -> assertThat(line).startsWith("swage: table: train.loss '").contains(message));
      assertThat(out.resolve("model.onnx")).doesNotExist();
      assertThat(out.resolve("checkpoint")).doesNotExist();
    }
  }

  @Test
  void predictionsOfValuesAreValues() throws IOException {
    List<String> table = new ArrayList<>(List.of("a,b,y"));
    for (int i = 0; i < 60; i++) {
      table.add("%d,%d,%d.5".formatted(1000 + i, i % 7, 2 * i + i % 7));
    }
    write("t.csv", table);
    String recipe =
        TableRecipe.text("csv:t.csv?task=regression&standardize=true", "csv:t.csv", 2, 1)
            .replace("    - softmax\n", "")
            .replace("loss: cross-entropy", "loss: mean-squared-error");
    Path file = Files.writeString(folder.resolve("r.yaml"), recipe);
    Path out = folder.resolve("out");
    CommandRun trained =
        CommandRun.of("train", "" + file, "--data-dir", "" + folder, "--out", "" + out);
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Path bare = write("bare.csv", List.of("b,a", "3,1010"));
    Path answers = folder.resolve("p.csv");
    CommandRun result =
        CommandRun.of(
            "evaluate",
            "" + out.resolve("model.onnx"),
            "--data",
            "csv:" + bare,
            "--predictions",
            "" + answers);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(Files.readAllLines(answers)).hasSize(2).first().isEqualTo("row,value");
  }
}
