package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo.Dim;
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
import org.junit.jupiter.params.provider.CsvSource;

/** Columns of names in front of a network. */
final class InputCategoriesTest {
  @TempDir private Path folder;

  /** The class is told by the name in the middle alone; some cells are absent. */
  @BeforeEach
  void writeTable() throws IOException {
    Random random = new Random(4);
    String[] names = {"ash", "birch", "cedar", "elm"};
    StringBuilder table = new StringBuilder("a,tree,b,kind\n");
    for (int row = 0; row < 200; row++) {
      int tree = random.nextInt(4);
      table.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%.4f,%s%n",
              row % 50 == 7 ? "?" : String.format(Locale.ROOT, "%.4f", 100 + random.nextGaussian()),
              row % 50 == 9 ? "?" : names[tree],
              random.nextGaussian(),
              tree % 2 == 0 ? "even" : "odd"));
    }
    Files.writeString(folder.resolve("t.csv"), table);
  }

  private DataSource open(String keys) {
    return DataSource.open("csv:t.csv?missing=mean" + keys, folder);
  }

  private static Trainer trainer(int width) {
    OnnxModel net = Network.input("x", width).dense(8).relu().dense(2).softmax().seed(1).build();
    return Trainer.of(net)
        .loss(Loss.crossEntropy())
        .optimizer(AdamW.of(0.02))
        .batchSize(20)
        .epochs(25)
        .seed(5);
  }

  @Test
  void theModelTakesTheNumbersOfNames() throws Exception {
    DataSource train = open("&standardize=true&split=train");
    assertThat(train.schema().networkWidth()).isEqualTo(6);
    TrainingRun run = trainer(6).fit(train);
    OnnxModel model = OnnxReader.parse(OnnxWriter.toBytes(run.model()), "m");
    assertThat(DataSchema.of(model)).isEqualTo(train.schema());
    assertThat(model.graph().inputs().getFirst().dims().orElseThrow())
        .containsExactly(new Dim.Symbolic("batch"), new Dim.Fixed(3));
    DataSource test = DataSource.open("csv:t.csv?split=test", folder, DataSchema.of(model));
    assertThat(run.evaluate(test).accuracy().orElseThrow()).isGreaterThan(0.9);
    Tensor rows = test.batch(IntStream.range(0, test.size()).toArray()).inputs().getFirst();
    float[] expected = run.outputs(List.of(rows)).getFirst().toFloats();
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      assertThat(session.run(List.of(rows)).getFirst().toFloats())
          .containsExactly(expected, within(1e-5f));
      // No name at all, and a missing value, are rows like others.
      float mostFrequent = train.schema().statistics().orElseThrow().means().get(1);
      Tensor odd =
          Tensor.ofFloats(Shape.of(3, 3), 100, 4, 0, 100, Float.NaN, 0, 100, mostFrequent, 0);
      float[] out = session.run(List.of(odd)).getFirst().toFloats();
      assertThat(out).doesNotContain(Float.NaN);
      assertThat(List.of(out[2], out[3])).isEqualTo(List.of(out[4], out[5]));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', 6, 'Constant,IsNaN,Where,Constant,Gather,Constant,Gather,Constant,Cast,Gather,Flatten,Constant,Gather,Concat'",
    "&categories=integer, 3, 'Constant,IsNaN,Where,MatMul'",
    "&features=tree, 4, 'Constant,IsNaN,Where,Constant,Gather,Constant,Cast,Gather,Flatten'",
    "'&categories=integer&standardize=true', 3, 'Constant,IsNaN,Where,Constant,Sub,Div,Constant,Gather,Constant,Gather,Constant,Gather,Concat'",
  })
  void onlyWhatIsNeededIsInTheGraph(String keys, int width, String operators) {
    OnnxModel model = trainer(width).epochs(1).fit(open(keys)).model();
    assertThat(model.graph().nodes().stream().map(Node::opType)).startsWith(operators.split(","));
  }

  @Test
  void aNetworkOfAnotherWidthIsToldWhichItNeeds() {
    assertThatThrownBy(() -> trainer(3).fit(open("")))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "input 'x' of the model is [batch, 3] with the batch axis first, samples of csv:t.csv?missing=mean are [6]: 3 columns, of which those of categories become a number for each category");
  }

  @Test
  void trainingGoesOnWithTheSameCategories() throws IOException {
    DataSource train = open("&split=train");
    OnnxModel model = trainer(6).epochs(1).fit(train).model();
    DataSource more = DataSource.open("csv:t.csv?split=train", folder, DataSchema.of(model));
    OnnxModel again =
        Trainer.of(model)
            .loss(Loss.crossEntropy())
            .optimizer(AdamW.of(0.02))
            .batchSize(20)
            .epochs(1)
            .fit(more)
            .model();
    assertThat(again.graph().nodes()).hasSameSizeAs(model.graph().nodes());
    Files.writeString(folder.resolve("o.csv"), "a,tree,b,kind\n1,oak,2,odd\n");
    assertThatThrownBy(() -> DataSource.open("csv:o.csv", folder, DataSchema.of(again)))
        .hasMessageContaining("column 'tree' is 'oak', which is none of the categories");
  }
}
