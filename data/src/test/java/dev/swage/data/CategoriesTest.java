package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Columns of names in tables. */
class CategoriesTest {
  private static final String TABLE =
      """
      colour,size,zip,y
      red,1.5,10,a
      blue,2,9,b
      red,3,10,a
      green,4,x1,b
      """;

  @TempDir private Path folder;

  private Path write(String table) throws IOException {
    return Files.writeString(folder.resolve("t.csv"), table);
  }

  private DataSource open(String table, String options) throws IOException {
    write(table);
    return DataSource.open("csv:t.csv" + options, folder);
  }

  private static float[] inputs(DataSource data) {
    return data.batch(IntStream.range(0, data.size()).toArray()).inputs().getFirst().toFloats();
  }

  @Test
  void columnsOfTextsAreCategoriesAndSoAreThoseThatAreSaidToBe() throws IOException {
    DataSource data = open(TABLE, "?category=zip");
    assertThat(inputs(data)).containsExactly(2, 1.5f, 0, 0, 2, 1, 2, 3, 0, 1, 4, 2);
    Categories categories = data.schema().categories().orElseThrow();
    assertThat(categories.oneHot()).isTrue();
    assertThat(categories.names())
        .isEqualTo(
            Map.of("colour", List.of("blue", "green", "red"), "zip", List.of("10", "9", "x1")));
    assertThat(data.schema().networkWidth()).isEqualTo(7);
    assertThat(open(TABLE, "?category=zip&categories=integer").schema().networkWidth())
        .isEqualTo(3);
    assertThat(open(TABLE, "?features=size").schema().categories()).isEmpty();
  }

  @Test
  void numbersAreInTheOrderOfNumbers() throws IOException {
    DataSource data = open("c,y\n10,0\n9,1\n9.0,1\n", "?category=c");
    assertThat(data.schema().categories().orElseThrow().of("c")).containsExactly("9", "9.0", "10");
  }

  @Test
  void theTrainingRowsSayWhichThereAre() throws IOException {
    StringBuilder table = new StringBuilder("c,y\n");
    for (int i = 0; i < 40; i++) {
      table.append("c%02d,%d%n".formatted(i, i % 2));
    }
    write(table.toString());
    DataSource train = DataSource.open("csv:t.csv?split=train", folder);
    List<String> names = train.schema().categories().orElseThrow().of("c");
    assertThat(names).hasSize(28).isSorted();
    assertThat(inputs(train)).containsExactly(floats(28));
    assertThatThrownBy(() -> DataSource.open("csv:t.csv?split=test", folder, train.schema()))
        .hasMessageMatching(
            "(?s).*t.csv line \\d+: column 'c' is 'c\\d\\d', which is none of the categories of the training part: c.*; unknown=zero takes it for none of them");
    DataSource zero = DataSource.open("csv:t.csv?split=test&unknown=zero", folder, train.schema());
    assertThat(inputs(zero)).containsOnly(28);
  }

  private static float[] floats(int count) {
    float[] all = new float[count];
    for (int i = 0; i < count; i++) {
      all[i] = i;
    }
    return all;
  }

  @Test
  void aModelKnowsItsCategories() throws IOException {
    DataSchema known = open(TABLE, "?category=zip").schema();
    OnnxModel model = known.applyTo(OnnxModel.of(Graph.builder("g").build()));
    assertThat(DataSchema.of(model)).isEqualTo(known);
    Path file = write("y,zip,size,colour\na,x1,0,green\na,9,0,red\n");
    DataSource more = DataSource.open("csv:t.csv", folder, DataSchema.of(model));
    assertThat(inputs(more)).containsExactly(1, 0, 2, 2, 0, 1);
    assertThat(known.conflict(more.schema())).isEmpty();
    write("y,zip,size,colour\na,10,0,pink\n");
    assertThatThrownBy(() -> DataSource.open("csv:t.csv", folder, known))
        .hasMessage(
            file
                + " line 2: column 'colour' is 'pink', which is none of the categories the model knows: blue, green, red; unknown=zero takes it for none of them");
    assertThatThrownBy(() -> DataSource.open("csv:t.csv?category=zip", folder, known))
        .hasMessageEndingWith("expected to be absent: the model knows its categories");
    assertThatThrownBy(() -> DataSource.open("csv:t.csv?categories=integer", folder, known))
        .hasMessageEndingWith(
            "key 'categories' is 'integer', expected what the model was trained with, or nothing");
    DataSchema others = open(TABLE.replace("red", "rose"), "?category=zip").schema();
    assertThat(known.conflict(others).orElseThrow())
        .startsWith("its categories are not those of the model");
  }

  @Test
  void aModelOfNumbersTakesNoTexts() throws IOException {
    DataSchema known = open("a,y\n1,0\n2,1\n", "").schema();
    Path file = write("a,y\none,0\n");
    assertThatThrownBy(() -> DataSource.open("csv:t.csv", folder, known))
        .hasMessage(file + " line 2: column 'a' is 'one', not a number; ignore=a leaves it out");
  }

  @Test
  void theMostFrequentStandsForAMissingOne() throws IOException {
    String table = "c,x,y\nred,1,0\n?,3,1\nblue,?,0\nred,5,1\n";
    DataSource data = open(table, "?missing=mean&standardize=true");
    assertThat(inputs(data)).containsExactly(1, 1, 1, 3, 0, 3, 1, 5);
    FeatureStatistics statistics = data.schema().statistics().orElseThrow();
    assertThat(statistics.means()).containsExactly(1f, 3f);
    assertThat(statistics.deviations().getFirst()).isEqualTo(1f);
    assertThat(inputs(open(table, "?missing=drop"))).containsExactly(0, 1, 0, 5);
    float[] own = inputs(open(table, "?missing=own&standardize=own"));
    assertThat(IntStream.of(0, 4, 6).mapToObj(i -> own[i])).containsExactly(1f, 0f, 1f);
    // The training rows have 3, nothing and 5.
    assertThat(own[1]).isCloseTo((float) (-3 / Math.sqrt(2 / 3.0)), within(1e-5f));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a,y;1,0;one,1|''|%s line 3: column 'a' is 'one', not a number; ignore=a leaves it out, category=a takes all of it for categories",
        "a,y;one,0;2,1|''|%s line 3: column 'a' is the number '2', and texts before; category=a takes all of it for categories, ignore=a leaves it out",
        "a,y;NA,0|''|%s line 2: column 'a' is 'NA', not a number; na=?,NA with missing=drop or missing=mean takes it for a missing value, ignore=a leaves the column out",
        "a,y;one,0|?category=b|%s has no input 'b' for key 'category'; Known: a",
        "a,y;one,0|?category=y|%s has no input 'y' for key 'category'; Known: a",
        "a,y;1,0|?unknown=zero|csv:t.csv?unknown=zero: key 'unknown' is 'zero', expected to be absent: no column holds categories",
        "a,y;one,0|?scale=2|csv:t.csv?scale=2: scale, mean and std are for tables of numbers alone, and 'a' holds categories; say standardize=true",
        "a,b,y;x,one,0|?text=a&category=b|csv:t.csv?text=a&category=b: key 'category' is 'b', expected to be absent beside text=COLUMN",
      })
  void whatDoesNotFitIsSaidInOneLine(String table, String options, String message)
      throws IOException {
    Path file = write(table.replace(';', '\n'));
    assertThatThrownBy(() -> DataSource.open("csv:t.csv" + options, folder))
        .isInstanceOf(DataException.class)
        .hasMessage(message.replace("%s", file.toString()));
  }

  @Test
  void aColumnOfManyTextsIsNoCategoryUnlessItIsSaidToBe() throws IOException {
    StringBuilder table = new StringBuilder("id,x,y\n");
    for (int i = 0; i < 1001; i++) {
      table.append("n%d,1,%d%n".formatted(i, i % 2));
    }
    Path file = write(table.toString());
    assertThatThrownBy(() -> DataSource.open("csv:t.csv", folder))
        .hasMessage(
            file
                + " line 102: column 'id' has more than 100 different texts; category=id takes them for categories all the same, ignore=id leaves the column out, text=id reads texts");
    assertThatThrownBy(() -> DataSource.open("csv:t.csv?category=id", folder))
        .hasMessage(
            file
                + ": column 'id' has 1001 categories, one-hot takes at most 1000; categories=integer gives the model their numbers, ignore=id leaves the column out");
    DataSource numbers = DataSource.open("csv:t.csv?category=id&categories=integer", folder);
    // n0, n1, n10, n100, n1000: names are in the order of texts.
    assertThat(inputs(numbers)[2000]).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|onehot|swage.categories",
        "{}|onehot|swage.categories",
        "{\"b\": [\"x\"]}|onehot|swage.categories",
        "{\"a\": []}|onehot|swage.categories",
        "{\"a\": [\"x\", \"x\"]}|onehot|swage.categories",
        "{\"a\": [1]}|onehot|swage.categories",
        "{\"a\": [\"x\"]} 1|onehot|swage.categories",
        "{\"a\": [\"x\"]}|both|swage.categories.form",
      })
  void entriesThatAreMalformedAreNamed(String names, String form, String entry) {
    Map<String, String> metadata =
        Map.of(
            "swage.features", "[\"a\"]",
            "swage.categories", names,
            "swage.categories.form", form);
    assertThatThrownBy(() -> DataSchema.parse(metadata))
        .isInstanceOf(OnnxException.class)
        .hasMessageStartingWith("metadata " + entry + ": got '")
        .hasMessageEndingWith("; correct the entry or remove it");
  }
}
