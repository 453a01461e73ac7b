package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.console.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code finetune} refuses: in one line, with nothing written. */
final class FinetuneErrorsTest {
  private static final byte[] NO_PICTURE = {(byte) 0x89, 'P', 'N', 'G', 0, 1, 2};

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    FinetuneFiles.in(folder);
    for (String kind : List.of("cat", "dog")) {
      Files.createDirectories(folder.resolve("photos").resolve(kind));
      Files.write(folder.resolve("photos").resolve(kind).resolve("1.png"), NO_PICTURE);
    }
  }

  /** Of options that stand for themselves, whatever the model. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--head 0                | --head must be at least 1, got 0",
        "--lr 0                  | --lr must be a number above 0, got 0.0",
        "--lr NaN                | --lr must be a number above 0, got NaN",
        "--epochs 0              | --epochs must be at least 1, got 0",
        "--batch 0               | --batch must be at least 1, got 0",
        "--accumulate -1         | --accumulate must be at least 1, got -1",
        "--patience 0            | --patience must be at least 1, got 0",
        "--average 1             | --average must be in [0, 1), got 1.0",
        "--label-smoothing 1.5   | --label-smoothing must be in [0, 1), got 1.5",
        "--metric f2             | --metric: unknown 'f2'; did you mean 'f1'? Known: accuracy, f1, ",
        "--loss cross-entropi    | --loss: unknown 'cross-entropi'; did you mean 'cross-entropy'? ",
        "--clip nrom:1           | --clip:1: unknown key 'nrom' in clip; did you mean 'norm'? ",
        "--rename a=b            | --rename belongs to --weights",
        "--epochs some           | Invalid value for option '--epochs'",
        "-o DIR/net.onnx         | DIR/net.onnx: is an input, which is never overwritten; ",
        "-o DIR/flowers.csv      | DIR/flowers.csv: is an input, which is never overwritten; ",
        "-o DIR/none/tuned.onnx  | DIR/none: no such folder; make it, or choose another output",
        "--json DIR/tuned.onnx   | DIR/tuned.onnx: is to be written twice; ",
      })
  void wrong_usage(String option, String complaint) throws IOException {
    assertRefused("net", "csv:DIR/flowers.csv", option, ExitCode.USAGE, complaint);
  }

  /** Of models, data and settings that do not go together. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "none    | csv:DIR/flowers.csv | \"\" | DIR/none.onnx: no such file",
        "net     | csv:DIR/none.csv | \"\" | DIR/none.csv: no such file",
        "odd     | csv:DIR/flowers.csv | \"\" | node 'odd': operator RegexFullMatch of domain 'ai.onnx', opset 21 cannot be run here; ",
        "steps   | csv:DIR/flowers.csv | --train first | weight 'first' cannot be trained: 'first' → node 'one' (MatMul) → node 'steps' (Round), which has no gradient",
        "slope   | csv:DIR/flowers.csv | --head 3 | input 'x' of the model is [batch, 2] with the batch axis first, samples of csv:DIR/flowers.csv (without 10.0 %) are [4]",
        "net     | csv:DIR/flowers.csv | --train dense9.weight | 'dense9.weight' matches no float32 weight of the model and no node that reads one; nearest: 'dense1.weight'",
        "net     | csv:DIR/flowers.csv | --freeze * | train [] and freeze [*] leave no weight to train",
        "narrow  | csv:DIR/flowers.csv | \"\" | of the model is [batch, 2], csv:DIR/flowers.csv (without 10.0 %) has 3 classes; give the model a head of 3 outputs",
        "unknown | csv:DIR/flowers.csv | --head 3 | output 'y' is of unknown shape; a head can read ",
        "net     | csv:DIR/flowers.csv?features=a,e | \"\" | DIR/flowers.csv",
        "net     | csv:DIR/flowers.csv?label=sort | \"\" | DIR/flowers.csv",
        "net     | csv:DIR/flowers.csv?label=none | \"\" | has no targets to train on",
        "tokens  | lines:DIR/words?length=8&pad=length | \"\" | its tokens are numbered to 15, table '",
        "net     | images:DIR/photos | \"\" | DIR/photos/cat/1.png",
        "net     | csv:DIR/flowers.csv | --metric r2 | early stopping watches r2, but loss cross-entropy on logits classifies",
        "net     | csv:DIR/flowers.csv | --loss mean-squared-error --label-smoothing 0.1 | --label-smoothing is for cross-entropy, got mean squared error",
        "net     | csv:DIR/flowers.csv | --batch 300 | has 216 samples, one step needs 300 (batch size 300, 1 batches per step); use a smaller batch",
        "net     | csv:DIR/flowers.csv | --weights DIR/net.onnx | DIR/net.onnx: ",
        "net     | csv:DIR/flowers.csv | --weights DIR/none.safetensors | DIR/none.safetensors: no such file or folder",
        "net     | csv:DIR/flowers.csv | --validation csv:DIR/values.csv | DIR/values.csv",
      })
  void what_does_not_go_together(String model, String data, String options, String complaint)
      throws IOException {
    int code = complaint.startsWith("--") ? ExitCode.USAGE : ExitCode.FAILED;
    assertRefused(model, data, options, code, complaint);
  }

  private void assertRefused(String model, String data, String options, int code, String complaint)
      throws IOException {
    Set<Path> before = all();
    List<String> args = new ArrayList<>(List.of("finetune", "DIR/" + model + ".onnx"));
    args.addAll(List.of("--data", data));
    Stream.of(options.split(" ")).filter(word -> !word.isEmpty()).forEach(args::add);
    if (!options.contains("-o ")) {
      args.addAll(List.of("-o", "DIR/tuned.onnx"));
    }
    CommandRun run = CommandRun.of(args.stream().map(this::placed).toArray(String[]::new));
    assertThat(run.err()).startsWith("swage: ").contains(placed(complaint)).hasLineCount(1);
    assertThat(run.err()).doesNotContain("internal error");
    assertThat(run.exitCode()).as(run.err()).isEqualTo(code);
    assertThat(all()).isEqualTo(before);
  }

  private String placed(String text) {
    return text.replace("DIR", folder.toString());
  }

  private Set<Path> all() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
