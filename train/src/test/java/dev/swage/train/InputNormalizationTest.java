package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.Batch;
import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done to the columns of a table is a part of the model that is trained on it. */
final class InputNormalizationTest {
  private static final String KEYS = "&standardize=true&missing=mean";

  @TempDir private Path folder;

  /**
   * Columns of very different magnitude, of which two tell the classes; every ninth cell absent.
   */
  @BeforeEach
  void writeTable() throws IOException {
    Files.writeString(folder.resolve("t.csv"), table(200, 9));
    Files.writeString(folder.resolve("whole.csv"), table(120, Integer.MAX_VALUE));
  }

  private static String table(int rows, int missing) {
    Random random = new Random(3);
    StringBuilder table = new StringBuilder("a,b,c,kind\n");
    for (int row = 0; row < rows; row++) {
      boolean first = row % 2 == 0;
      String[] cells = {
        format(5000 + (first ? 300 : -300) + 100 * random.nextGaussian()),
        format((first ? 2e-4 : -1e-4) + 1e-4 * random.nextGaussian()),
        format(random.nextGaussian())
      };
      if (row % missing == missing - 1) {
        cells[row % 3] = "?";
      }
      table.append(String.join(",", cells)).append(first ? ",yes\n" : ",no\n");
    }
    return table.toString();
  }

  private static String format(double value) {
    return String.format(Locale.ROOT, "%.7g", value);
  }

  private DataSource open(String keys) {
    return DataSource.open("csv:t.csv?" + keys, folder);
  }

  private static Trainer trainer() {
    OnnxModel net = Network.input("x", 3).dense(8).relu().dense(2).softmax().seed(1).build();
    return Trainer.of(net)
        .loss(Loss.crossEntropy())
        .optimizer(AdamW.of(0.02))
        .batchSize(20)
        .epochs(15)
        .seed(5);
  }

  private static Batch all(DataSource source) {
    return source.batch(IntStream.range(0, source.size()).toArray());
  }

  @Test
  void theModelReadsRowsOfTheFile() {
    DataSource train = open("split=train" + KEYS);
    TrainingRun run = trainer().fit(train);
    OnnxModel model = OnnxReader.parse(OnnxWriter.toBytes(run.model()), "m");
    assertThat(model.graph().nodes().stream().map(Node::opType))
        .startsWith("Constant", "IsNaN", "Where", "Constant", "Sub", "Div");
    assertThat(DataSchema.of(model)).isEqualTo(train.schema());
    DataSource test = DataSource.open("csv:t.csv?split=test", folder, DataSchema.of(model));
    assertThat(run.evaluate(test).accuracy().orElseThrow()).isGreaterThan(0.9);

    Tensor rows = all(test).inputs().getFirst();
    Tensor expected = run.outputs(List.of(rows)).getFirst();
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      assertClose(session.run(List.of(rows)).getFirst(), expected);
      float[] raw = {Float.NaN, 0, 0};
      float mean = train.schema().statistics().orElseThrow().means().getFirst();
      assertThat(session.run(List.of(row(raw))).getFirst().toFloats())
          .isEqualTo(session.run(List.of(row(mean, 0, 0))).getFirst().toFloats());
    }
  }

  @Test
  void itIsTheModelThatRowsOfTheirOwnStatisticsGave() {
    DataSource own = open("split=train&standardize=own&missing=own");
    TrainingRun before = trainer().fit(own);
    DataSource train = open("split=train" + KEYS);
    TrainingRun after = trainer().fit(train);
    assertThat(before.model().graph().nodes()).hasSize(after.model().graph().nodes().size() - 6);
    assertClose(
        after.outputs(all(train).inputs()).getFirst(),
        before.outputs(all(own).inputs()).getFirst());
  }

  @ParameterizedTest
  @ValueSource(strings = {"standardize=true", "missing=mean"})
  void eachIsThereOnlyIfAskedFor(String key) {
    String whole = "csv:%s.csv?%s".formatted(key.startsWith("m") ? "t" : "whole", key);
    OnnxModel model = trainer().epochs(1).fit(DataSource.open(whole, folder)).model();
    List<String> operators = model.graph().nodes().stream().map(Node::opType).toList();
    assertThat(operators.contains("IsNaN")).isEqualTo(key.equals("missing=mean"));
    assertThat(operators.contains("Div")).isEqualTo(key.equals("standardize=true"));
  }

  @Test
  void aTableWithoutStatisticsChangesNoGraph() {
    DataSource raw = DataSource.open("csv:whole.csv", folder);
    OnnxModel model = trainer().epochs(1).fit(raw).model();
    assertThat(model.graph().nodes()).hasSameSizeAs(trainer().model.graph().nodes());
    assertThat(DataSchema.of(model).classNames()).containsExactly("no", "yes");
    assertThat(DataSchema.of(model).statistics()).isEmpty();
  }

  @Test
  void aResumedRunGoesOnWithTheStatisticsOfItsModel() {
    DataSource train = open("split=train" + KEYS);
    TrainingRun whole = trainer().fit(train);
    CheckpointPolicy policy = CheckpointPolicy.every(20).in(folder.resolve("checkpoint"));
    trainer().epochs(15).checkpoint(policy).fit(train);
    deleteNewest(policy.folder());
    TrainingRun resumed = trainer().checkpoint(policy).resume(policy.folder()).fit(train);
    assertThat(OnnxWriter.toBytes(resumed.model())).isEqualTo(OnnxWriter.toBytes(whole.model()));
  }

  @Test
  void aCheckpointOfRowsThatWereStandardizedOnOpeningIsRefused() {
    CheckpointPolicy policy = CheckpointPolicy.every(20).in(folder.resolve("checkpoint"));
    trainer().checkpoint(policy).fit(open("split=train&standardize=own&missing=own"));
    Trainer anew = trainer().checkpoint(policy).resume(policy.folder());
    assertThatThrownBy(() -> anew.fit(open("split=train" + KEYS)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining(
            "statistics of the columns changed since this checkpoint: unknown → a part of the model;")
        .extracting(e -> e.getMessage().lines().count())
        .isEqualTo(1L);
  }

  @Test
  void otherDataIsRefusedUnlessItIsOpenedForTheModel() throws IOException {
    DataSource train = open("split=train" + KEYS);
    Files.writeString(folder.resolve("other.csv"), "a,b,c,kind\n1,2,3,maybe\n4,5,6,no\n");
    DataSource other = DataSource.open("csv:other.csv", folder);
    assertThatThrownBy(() -> trainer().validation(other).fit(train))
        .isInstanceOf(TrainingException.class)
        .hasMessageStartingWith(
            "csv:other.csv: its classes are maybe, no, those of the model no, yes; open it for the model");
    TrainingRun run = trainer().epochs(1).fit(train);
    assertThatThrownBy(() -> run.evaluate(other)).hasMessageContaining("its classes are maybe, no");
    assertThatThrownBy(() ->
            Trainer.of(run.model())
                .loss(Loss.crossEntropy())
                .optimizer(AdamW.of(0.01))
                .batchSize(1)
                .fit(other))
        .hasMessageContaining("its classes are maybe, no");
  }

  @Test
  void aTrainedModelIsTrainedOnWithoutASecondNormalization() {
    TrainingRun first = trainer().fit(open("split=train" + KEYS));
    DataSource more =
        DataSource.open("csv:t.csv?split=validation", folder, DataSchema.of(first.model()));
    OnnxModel second =
        Trainer.of(first.model())
            .loss(Loss.crossEntropy())
            .optimizer(AdamW.of(0.001))
            .batchSize(10)
            .fit(more)
            .model();
    assertThat(second.graph().nodes()).isEqualTo(first.model().graph().nodes());
    assertThat(DataSchema.of(second)).isEqualTo(DataSchema.of(first.model()));
  }

  private static Tensor row(float... values) {
    return Tensor.ofFloats(Shape.of(1, values.length), values);
  }

  private static void assertClose(Tensor actual, Tensor expected) {
    float[] a = actual.toFloats();
    float[] b = expected.toFloats();
    assertThat(a).hasSameSizeAs(b);
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).isCloseTo(b[i], within(2e-4f));
    }
  }

  private static void deleteNewest(Path checkpoints) {
    try (var all = Files.list(checkpoints)) {
      Path newest = all.sorted().toList().getLast();
      try (var files = Files.list(newest)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(newest);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
