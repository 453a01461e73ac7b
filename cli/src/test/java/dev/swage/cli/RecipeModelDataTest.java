package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.DataSchema;
import dev.swage.onnx.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recipe whose model is a file that knows its data reads them as the model knows them. */
final class RecipeModelDataTest {
  @TempDir private Path folder;
  private FinetuneFiles files = new FinetuneFiles(Path.of(""));

  @BeforeEach
  void write() throws IOException {
    files = FinetuneFiles.in(folder);
    done(
        "finetune",
        "" + files.model("net"),
        "--data",
        files.data("flowers.csv"),
        "--lr",
        "0.01",
        "--epochs",
        "2",
        "-o",
        "" + files.model("known"));
  }

  private static void done(String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
  }

  private Path train(String table, String head) throws IOException {
    Path recipe =
        Files.writeString(
            folder.resolve("further.yaml"),
            """
            name: further
            seed: 7
            data:
              train: "csv:%1$s"
              test: "csv:%1$s"
            model:
              onnx: "%2$s"%3$s
            train:
              loss: cross-entropy-logits
              optimizer: {adamw: {lr: 0.02}}
              batch: 30
              epochs: 6
              clip: {norm: 1.0}
            ship: [float32]
            """
                .formatted(table, files.model("known"), head));
    done("train", "" + recipe, "--data-dir", "" + folder, "--out", "" + folder.resolve("out"));
    return folder.resolve("out/model.onnx");
  }

  /** The columns in another order, and one that the model does not know. */
  private void shuffle(String name, boolean sorts) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("flowers.csv"))) {
      String[] cells = line.split(",", -1);
      String kind = !sorts || cells[4].equals("kind") ? cells[4] : sort(cells[4]);
      lines.add(String.join(",", cells[3], cells[2], kind, cells[1], "9", cells[0]));
    }
    lines.set(0, lines.getFirst().replace("9", "extra"));
    Files.write(folder.resolve(name), lines);
  }

  private static String sort(String kind) {
    return kind.equals("low") ? "a small one" : "the others";
  }

  @Test
  void columns_and_classes_are_the_model_s() throws IOException {
    shuffle("shuffled.csv", false);
    Path model = train("shuffled.csv", "");
    DataSchema schema = DataSchema.of(OnnxReader.read(model));
    assertThat(schema.features()).containsExactly("a", "b", "c", "d");
    assertThat(schema.classNames()).containsExactly("high", "low", "mid");
    done("evaluate", "" + model, "--data", files.data("others.csv"), "--min-accuracy", "0.95");
  }

  @Test
  void a_new_head_has_the_classes_of_the_data() throws IOException {
    shuffle("sorts.csv", true);
    Path model = train("sorts.csv?label=kind", "\n  head: 2");
    DataSchema schema = DataSchema.of(OnnxReader.read(model));
    assertThat(schema.features()).containsExactly("a", "b", "c", "d");
    assertThat(schema.classNames()).containsExactly("a small one", "the others");
    done("evaluate", "" + model, "--data", files.data("sorts.csv"), "--min-accuracy", "0.95");
  }
}
