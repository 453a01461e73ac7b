package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How tables of other programs are read, and what is said of cells that are no numbers. */
class CsvCellsTest {
  @TempDir private Path folder;

  @Test
  void markersOfMissingValuesAreAKey() throws IOException {
    String table = "1,NA,0\n2,,1\n3,?,0\n4,5,1\n";
    assertThat(inputs(table, "?missing=drop&na=NA,?")).containsExactly(4, 5);
    assertThat(inputs(table, "?missing=mean&na=NA,?")).containsExactly(1, 5, 2, 5, 3, 5, 4, 5);
    assertThat(inputs("x,y\n1,0\n-999,1\n", "?missing=drop&na=-999")).containsExactly(1);
    assertThatThrownBy(() -> inputs(table, "?missing=drop&na=NA"))
        .hasMessageContaining(
            "t.csv line 3: column '1' is '?', not a number; na=?,NA with missing=");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"comma|semicolon", ",|semicolon", "comma|tab", "point|semicolon"})
  void decimalsAreAKey(String decimal, String separator) throws IOException {
    String sign = decimal.equals("point") ? "." : ",";
    String table =
        "1%s5;2;0\n-0%s25;1e1;1\n"
            .formatted(sign, sign)
            .replace(';', separator.equals("tab") ? '\t' : ';');
    String key = "&separator=" + separator;
    assertThat(inputs(table, "?decimal=" + decimal + key)).containsExactly(1.5f, 2, -0.25f, 10);
  }

  @Test
  void decimalCommasCutColumnsAtSemicolonsUnlessToldOtherwise() throws IOException {
    assertThat(inputs("1,5;0\n2,5;1\n", "?decimal=comma")).containsExactly(1.5f, 2.5f);
    assertThat(inputs("\"1,5\",0\n\"2,5\",1\n", "?decimal=comma&separator=comma"))
        .containsExactly(1.5f, 2.5f);
    DataSource values = open("1;0,5\n2;1,5\n", "?decimal=comma&task=regression");
    assertThat(values.batch(0, 1).targets().orElseThrow().toFloats()).containsExactly(0.5f, 1.5f);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NA|''|na=?,NA with missing=drop or missing=mean takes it for a missing value, ignore=a leaves the column out",
        "null|''|na=?,null with missing=drop or missing=mean takes it for a missing value, ignore=a leaves the column out",
        "'\"3,14\"'|''|decimal=comma reads it as a number",
        "3.14|decimal=comma&separator=comma|the key decimal=comma expects a comma",
        "3;14|''|separator=semicolon cuts it",
        "wide|''|ignore=a leaves it out, category=a takes all of it for categories"
      })
  void errorsNameTheWayOut(String cell, String keys, String wayOut) throws IOException {
    String table = "a,b\n1,0\n" + cell + ",0\n";
    assertThatThrownBy(() -> open(table, "?header=true&" + keys))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s line 3: column 'a' is '%s', not a number; %s",
            folder.resolve("t.csv"), cell.replace("\"", ""), wayOut);
  }

  @Test
  void otherDecimalsAreRefused() {
    assertThatThrownBy(() -> open("1,0\n", "?decimal=dot"))
        .hasMessage("csv:t.csv?decimal=dot: key 'decimal' is 'dot', expected point or comma");
  }

  @Test
  void largeWholeLabelsAreToldApart() throws IOException {
    DataSource source = open("1,16777216\n2,16777217\n3,16777217.0\n", "");
    assertThat(source.classNames()).containsExactly("16777216", "16777217");
    assertThat(source.batch(0, 1, 2).targets().orElseThrow().toLongs()).containsExactly(0, 1, 1);
  }

  private DataSource open(String table, String options) throws IOException {
    Files.writeString(folder.resolve("t.csv"), table);
    String keys = options.endsWith("&") ? options.substring(0, options.length() - 1) : options;
    return DataSource.open("csv:t.csv" + keys, folder);
  }

  private float[] inputs(String table, String options) throws IOException {
    DataSource source = open(table, options);
    return source.batch(IntStream.range(0, source.size()).toArray()).inputs().getFirst().toFloats();
  }
}
