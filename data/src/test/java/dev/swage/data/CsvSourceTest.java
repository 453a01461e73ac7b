package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvSourceTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("t.csv");
  }

  @Test
  void numbersAndWholeLabels() throws IOException {
    DataSource source = open("1,2.5,4\n-3,4e1,2\n5, 6 ,4\n", "");
    assertThat(source.size()).isEqualTo(3);
    assertThat(source.inputShapes()).containsExactly(Shape.of(2));
    assertThat(source.classNames()).containsExactly("2", "4");
    assertThat(inputs(source)).containsExactly(1, 2.5f, -3, 40, 5, 6);
    assertThat(labels(source)).containsExactly(1, 0, 1);
  }

  @Test
  void headerIsRecognisedAndTheLabelFoundByName() throws IOException {
    DataSource source = open("kind,a,b\nred,1,2\nblue,3,4\n", "?label=kind");
    assertThat(source.classNames()).containsExactly("blue", "red");
    assertThat(labels(source)).containsExactly(1, 0);
    assertThat(inputs(source)).containsExactly(1, 2, 3, 4);
    assertThat(inputs(open("1,2,0\n3,4,1\n", "?header=true"))).containsExactly(3, 4);
  }

  @Test
  void byteOrderMarkIsNoPartOfTheFirstCell() throws IOException {
    assertThat(inputs(open("\uFEFF1,2,0\n3,4,1\n", ""))).containsExactly(1, 2, 3, 4);
  }

  @Test
  void columnsMayBeIgnoredOrAllBeFeatures() throws IOException {
    assertThat(inputs(open("id,a,b\nx1,1,2\nx2,3,4\n", "?ignore=id"))).containsExactly(1, 3);
    DataSource unlabelled = open("1;2\n3;4\n", "?label=none&separator=semicolon");
    assertThat(inputs(unlabelled)).containsExactly(1, 2, 3, 4);
    assertThat(unlabelled.batch(0).targets()).isEmpty();
    assertThat(unlabelled.classes()).isEmpty();
  }

  @Test
  void ofOtherNumbersTheTaskHasToBeSaid() throws IOException {
    fails(
        "1,0.5\n2,1\n",
        "",
        "csv:t.csv: the labels, column '1', are numbers of 2 different values: are they classes or"
            + " values? Say task=classification or task=regression");
    StringBuilder many = new StringBuilder();
    IntStream.range(0, 30).forEach(i -> many.append("1,").append(i).append('\n'));
    fails(
        many.toString(),
        "",
        "csv:t.csv: the labels, column '1', are numbers of 30 different values: are they classes or"
            + " values? Say task=classification or task=regression");
    assertThat(open(many.toString(), "?task=classification").classes()).hasValue(30);
    DataSource values = open("1,0.5\n2,1\n", "?task=regression");
    assertThat(values.classes()).isEmpty();
    assertThat(values.batch(1, 0).targets().orElseThrow().toFloats()).containsExactly(1, 0.5f);
    assertThat(values.batch(1, 0).targets().orElseThrow().shape()).isEqualTo(Shape.of(2, 1));
    assertThat(open("1,3\n2,4\n", "?task=regression").classes()).isEmpty();
    assertThat(open("1,0.5\n2,1\n", "?task=classification").classNames())
        .containsExactly("0.5", "1");
  }

  @Test
  void missingValues() throws IOException {
    String table = "1,?,0\n3,8,1\n,4,0\n5,6,0\n";
    fails(
        table,
        "",
        file + " line 1: column '1' has no value; missing=drop or missing=mean allows that");
    assertThat(inputs(open(table, "?missing=drop"))).containsExactly(3, 8, 5, 6);
    assertThat(labels(open(table, "?missing=drop"))).containsExactly(1, 0);
    assertThat(inputs(open(table, "?missing=mean&fractions=1,0,0")))
        .containsExactly(1, 6, 3, 8, 3, 4, 5, 6);
    fails(
        "1,0\n2,\n",
        "?missing=mean",
        file + " line 2: column '1' has no value; missing=drop allows that");
  }

  @Test
  void splitsAreDisjointSeededAndTogetherAll() throws IOException {
    StringBuilder table = new StringBuilder();
    IntStream.range(0, 101).forEach(i -> table.append(i).append(",").append(i % 2).append('\n'));
    Set<Float> seen = new HashSet<>();
    int[] sizes = new int[3];
    String[] splits = {"train", "validation", "test"};
    for (int i = 0; i < 3; i++) {
      DataSource part = open(table.toString(), "?seed=7&split=" + splits[i]);
      sizes[i] = part.size();
      assertThat(inputs(part)).isSorted();
      for (float value : inputs(part)) {
        seen.add(value);
      }
    }
    assertThat(sizes).containsExactly(71, 15, 15);
    assertThat(seen).hasSize(101);
    assertThat(inputs(open(table.toString(), "?seed=8&split=test")))
        .isNotEqualTo(inputs(open(table.toString(), "?seed=7&split=test")));
    assertThat(open(table.toString(), "?fractions=0.5,0,0.5&split=test").size()).isEqualTo(50);
    assertThat(open(table.toString(), "").size()).isEqualTo(101);
    fails(
        "1,2\n",
        "?split=test",
        "csv:t.csv?split=test: key 'split' is 'test', expected a part with samples: 1 are too few to"
            + " split");
    fails(
        "1,2\n",
        "?fractions=0.5,0.6",
        "csv:t.csv?fractions=0.5,0.6: key 'fractions' is '0.5,0.6', expected three numbers from 0 to"
            + " 1 that sum to 1");
  }

  @Test
  void standardizingUsesTheTrainingRowsOnly() throws IOException {
    StringBuilder table = new StringBuilder();
    IntStream.range(0, 40)
        .forEach(i -> table.append(i * i).append(",7,").append(i % 2).append('\n'));
    float[] raw = inputs(open(table.toString(), "?split=train"));
    double mean = 0;
    double squares = 0;
    int rows = raw.length / 2;
    for (int i = 0; i < rows; i++) {
      mean += raw[2 * i] / (double) rows;
    }
    for (int i = 0; i < rows; i++) {
      squares += Math.pow(raw[2 * i] - mean, 2) / rows;
    }
    float[] rawTest = inputs(open(table.toString(), "?split=test"));
    assertThat(inputs(open(table.toString(), "?split=test&standardize=true"))).isEqualTo(rawTest);
    float[] test = inputs(open(table.toString(), "?split=test&standardize=own"));
    for (int i = 0; i < test.length / 2; i++) {
      assertThat((double) test[2 * i])
          .isCloseTo((rawTest[2 * i] - mean) / Math.sqrt(squares), within(1e-5));
      assertThat(test[2 * i + 1]).isZero();
    }
    fails(
        table.toString(),
        "?standardize=true&scale=2",
        "csv:t.csv?standardize=true&scale=2: standardize=true contradicts scale, mean and std");
    assertThat(inputs(open("2,4,0\n", "?scale=2&mean=1,0&std=1,4"))).containsExactly(0, 0.5f);
  }

  @Test
  void badTables() throws IOException {
    fails("", "", file + " is empty, expected at least one row");
    fails("a,b\n", "", file + " has no complete row, expected at least one");
    fails("1,2,3\n4,5,6\n7,8\n", "", file + " line 3: 2 columns, expected 3 as in the first line");
    fails("1,2,3\n\n4,5,6\n7,8", "", file + " line 4: 2 columns, expected 3 as in the first line");
    fails(
        "len,width,y\n1,2,0\n3,wide,1\n",
        "",
        file
            + " line 3: column 'width' is 'wide', not a number; ignore=width leaves it out, category=width takes all of it for categories");
    fails(
        "1,NaN,0\n",
        "",
        file
            + " line 1: column '1' is 'NaN', not a number; na=?,NaN with missing=drop or missing=mean takes it"
            + " for a missing value, ignore=1 leaves the column out");
    fails("a,b\n1,2\n", "?label=c", file + " has no column 'c' for key 'label'; Known: a, b");
    fails(
        "alpha,beta\n1,2\n",
        "?label=bata",
        file + " has no column 'bata' for key 'label'; did you mean 'beta'? Known: alpha, beta");
    fails("1\n2\n", "", file + " has columns [0], of which none is left as a feature");
    fails(
        "1,2\n3,x\n",
        "?task=regression",
        file + " line 2: label 'x' is not a number, as task=regression expects");
  }

  @Test
  void realTables() {
    Path tables = SharedData.require("datasets/tabular");
    DataSource notes = DataSource.open("csv:banknote_authentication.csv", tables);
    assertThat(notes.size()).isEqualTo(1372);
    assertThat(notes.inputShapes()).containsExactly(Shape.of(4));
    assertThat(Arrays.stream(labels(notes)).sum()).isEqualTo(610);
    assertThat(DataSource.open("csv:iris.csv", tables).classNames())
        .containsExactly("Iris-setosa", "Iris-versicolor", "Iris-virginica");
    assertThat(DataSource.open("csv:breast-cancer-wisconsin.csv?missing=drop", tables).size())
        .isEqualTo(683);
    assertThat(DataSource.open("csv:sonar.csv", tables).classNames()).containsExactly("M", "R");
    assertThat(DataSource.open("csv:winequality-red.csv?task=regression", tables).classes())
        .isEmpty();
  }

  private DataSource open(String table, String options) throws IOException {
    Files.writeString(file, table);
    return DataSource.open("csv:t.csv" + options, folder);
  }

  private void fails(String table, String options, String message) {
    assertThatThrownBy(() -> open(table, options))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }

  private static Batch all(DataSource source) {
    return source.batch(IntStream.range(0, source.size()).toArray());
  }

  private static float[] inputs(DataSource source) {
    return all(source).inputs().getFirst().toFloats();
  }

  private static long[] labels(DataSource source) {
    return all(source).targets().orElseThrow().toLongs();
  }
}
