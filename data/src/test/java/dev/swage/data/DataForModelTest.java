package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data that is opened for a model: what it means does not depend on what the file holds. */
class DataForModelTest {
  private static final String FLOWERS = "len,wide,kind\n1,10,rose\n2,20,tulip\n3,60,lily\n";

  @TempDir private Path folder;
  private DataSchema flowers = DataSchema.NONE;

  @BeforeEach
  void train() throws IOException {
    flowers = trainOn(FLOWERS, "?standardize=true&missing=mean").schema();
  }

  @Test
  void theTrainingDataSaysWhatAModelHasToKnow() {
    assertThat(flowers.classNames()).containsExactly("lily", "rose", "tulip");
    assertThat(flowers.features()).containsExactly("len", "wide");
    assertThat(flowers.label()).hasValue("kind");
    FeatureStatistics statistics = flowers.statistics().orElseThrow();
    assertThat(statistics.fillsMissing()).isTrue();
    assertThat(statistics.means()).containsExactly(2f, 30f);
    assertThat(statistics.deviations())
        .containsExactly((float) Math.sqrt(2 / 3d), (float) Math.sqrt(1400 / 3d));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "len,wide,kind;1,10,rose;3,60,lily|1 10 3 60|1 0",
        "len,wide,kind;2,20,tulip|2 20|2",
        "kind,wide,len;tulip,20,2|2 20|2",
        "id,len,kind,other,wide;7,2,lily,x,20|2 20|0",
        "2,20,tulip|2 20|2",
        "len,wide;2,20;1,10|2 20 1 10|",
        "2,20;1,10|2 20 1 10|",
        "len,wide,kind;,20,rose;1,?,lily|2 20 1 30|1 0"
      })
  void columnsAndClassesAreTheModels(String table, String inputs, String labels)
      throws IOException {
    String keys = table.startsWith("2,20,tulip") ? "?label=2" : "";
    DataSource source = forModel(table.replace(';', '\n') + "\n", keys, flowers);
    assertThat(text(inputs(source))).isEqualTo(inputs);
    assertThat(source.batch(0).targets().isPresent()).isEqualTo(labels != null);
    if (labels != null) {
      assertThat(source.classNames()).isEqualTo(flowers.classNames());
      assertThat(
              source
                  .batch(IntStream.range(0, source.size()).toArray())
                  .targets()
                  .orElseThrow()
                  .toLongs())
          .isEqualTo(List.of(labels.split(" ")).stream().mapToLong(Long::parseLong).toArray());
    }
    assertThat(source.schema()).isEqualTo(flowers);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "len,wide,kind;1,2,rose;1,2,Rose|''|t.csv line 3: label 'Rose' is none of the classes the model knows: lily, rose, tulip; correct it, or say label=none",
        "len,width,kind;1,2,rose|''|t.csv has no column 'wide', which the model was trained on; it has len, width, kind, the model takes len, wide",
        "1,2,rose;3,4,lily|''|t.csv has 3 columns and no header, the model takes the 2 columns len, wide; add a header line with these names, or say label=NUMBER, counted from 0",
        "len,wide,kind;1,2,rose|?label=len|csv:t.csv?label=len: column 'len' is an input of the model; it can be neither the label nor ignored",
        "len,wide,kind;1,2,rose|?ignore=wide|csv:t.csv?ignore=wide: column 'wide' is an input of the model; it can be neither the label nor ignored",
        "len,wide,kind;1,2,rose|?task=regression|csv:t.csv?task=regression: task=regression contradicts the model, which tells classes apart: lily, rose, tulip",
        "len,wide,kind;1,2,rose|?standardize=own|csv:t.csv?standardize=own: standardize=own contradicts the model, which standardizes by statistics of its own; leave it out",
        "len,wide,kind;1,,rose|?missing=error|t.csv line 2: column 'wide' has no value; missing=drop or missing=mean allows that"
      })
  void whatTheModelDoesNotKnowIsAnError(String table, String keys, String message) {
    assertThatThrownBy(() -> forModel(table.replace(';', '\n') + "\n", keys, flowers))
        .isInstanceOf(DataException.class)
        .hasMessage(message.startsWith("t.csv") ? folder.resolve(message).toString() : message);
  }

  @Test
  void aTableWithoutAHeaderIsKnownByItsNumbers() throws IOException {
    DataSchema model = trainOn("0,1.5,2\n1,2.5,3\n", "?label=0").schema();
    assertThat(model.features()).containsExactly("1", "2");
    DataSource labelled = forModel("1,7,8\n", "", model);
    assertThat(inputs(labelled)).containsExactly(7, 8);
    assertThat(labelled.batch(0).targets().orElseThrow().toLongs()).containsExactly(1);
    DataSource bare = forModel("7,8\n", "", model);
    assertThat(inputs(bare)).containsExactly(7, 8);
    assertThat(bare.batch(0).targets()).isEmpty();
    assertThat(inputs(forModel("y,a,b\n1,7,8\n", "", model))).containsExactly(7, 8);
    assertThat(inputs(forModel("a,b\n7,8\n", "", model))).containsExactly(7, 8);
    assertThat(forModel("1.0,7,8\n", "", model).batch(0).targets().orElseThrow().toLongs())
        .containsExactly(1);
  }

  @Test
  void columnsWithoutANameOfTheirOwnAreKnownByTheirNumbers() throws IOException {
    DataSchema twice = trainOn("a,a,y\n1,2,0\n3,4,1\n", "").schema();
    assertThat(twice.features()).containsExactly("0", "1");
    assertThat(inputs(forModel("a,a,y\n1,2,0\n", "", twice))).containsExactly(1, 2);
    DataSchema unnamed = trainOn(",a,y\n1,2,0\n3,4,1\n", "?header=true").schema();
    assertThat(unnamed.features()).containsExactly("0", "1");
    assertThatThrownBy(() -> forModel("len,len,wide\n1,2,3\n", "", flowers))
        .hasMessageContaining("t.csv has more than one column 'len'");
  }

  @ParameterizedTest
  @CsvSource({"scale=2", "mean=1", "std=3"})
  void otherScalesContradictStatistics(String key) {
    assertThatThrownBy(() -> forModel(FLOWERS, "?" + key, flowers))
        .hasMessageContaining("contradict the model, which takes rows as they are");
    assertThatThrownBy(() -> trainOn(FLOWERS, "?missing=mean&" + key))
        .hasMessageContaining("missing=mean contradicts scale, mean and std; missing=own");
    assertThatThrownBy(() -> trainOn(FLOWERS, "?standardize=true&" + key))
        .hasMessageContaining("standardize=true contradicts scale, mean and std");
  }

  @Test
  void messagesStayShortHoweverManyAndLongTheClassesAre() throws IOException {
    StringBuilder table = new StringBuilder();
    IntStream.range(100, 130)
        .forEach(
            i -> table.append("1,").append("c").append(i).append("x".repeat(5000)).append('\n'));
    DataSchema model = trainOn(table.toString(), "").schema();
    assertThatThrownBy(() -> forModel("1,other\n", "", model))
        .hasMessageContaining("the model knows: c100xxxxx")
        .hasMessageContaining("…, c119xxxx")
        .hasMessageContaining("… and 10 more; correct it")
        .extracting(e -> e.getMessage().length() < 1500)
        .isEqualTo(true);
  }

  @Test
  void valuesStayValues() throws IOException {
    DataSchema model = trainOn("1,0.5\n2,1.5\n", "?task=regression").schema();
    DataSource source = forModel("1,2\n3,4\n", "", model);
    assertThat(source.classes()).isEmpty();
    assertThat(source.batch(0, 1).targets().orElseThrow().toFloats()).containsExactly(2, 4);
    assertThatThrownBy(() -> forModel("1,2\n", "?task=classification", model))
        .hasMessageContaining("contradicts the model, which was trained on values");
  }

  @Test
  void classesMayBeNamedForModelsThatKnowNone() throws IOException {
    DataSource part = forModel("1,c\n2,a\n", "?classes=a,b,c", DataSchema.NONE);
    assertThat(part.classNames()).containsExactly("a", "b", "c");
    assertThat(part.batch(0, 1).targets().orElseThrow().toLongs()).containsExactly(2, 0);
    assertThat(trainOn("1,b\n2,a\n", "?classes=b,a").schema().classNames())
        .containsExactly("b", "a");
    DataSource many = forModel("1,0.5\n2,1.50\n", "?classes=1.5,0.5", DataSchema.NONE);
    assertThat(many.batch(0, 1).targets().orElseThrow().toLongs()).containsExactly(1, 0);
    assertThatThrownBy(() -> forModel("1,d\n", "?classes=a,b", DataSchema.NONE))
        .hasMessageContaining(
            "line 1: label 'd' is none of the classes of key classes: a, b; correct it");
    assertThatThrownBy(() -> forModel("1,a\n", "?classes=a,a", DataSchema.NONE))
        .hasMessageContaining("key 'classes' is 'a,a', expected different names");
    assertThatThrownBy(() -> forModel(FLOWERS, "?classes=rose,lily,tulip", flowers))
        .hasMessageContaining("key classes contradicts the model, whose classes are lily");
  }

  @ParameterizedTest
  @CsvSource({"standardize=true,standardize=own", "missing=mean,missing=own"})
  void aModelThatKnowsNothingDoesNothing(String key, String wayOut) throws IOException {
    assertThatThrownBy(() -> forModel("1,0\n2,1\n", "?" + key, DataSchema.NONE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(wayOut);
    assertThat(forModel("1,0\n3,1\n", "?fractions=1,0,0&" + wayOut, DataSchema.NONE).size())
        .isEqualTo(2);
    assertThat(forModel("1,0\n3,1\n", "", DataSchema.NONE).classNames()).containsExactly("0", "1");
  }

  @Test
  void withoutASplitAllRowsAreTrainedOn() throws IOException {
    StringBuilder table = new StringBuilder();
    IntStream.range(0, 40).forEach(i -> table.append(i).append(",").append(i % 2).append('\n'));
    FeatureStatistics whole = statistics(table.toString(), "?standardize=true");
    assertThat(whole.means()).containsExactly(19.5f);
    FeatureStatistics train = statistics(table.toString(), "?standardize=true&split=train");
    assertThat(train).isNotEqualTo(whole);
    assertThat(statistics(table.toString(), "?standardize=true&split=test")).isEqualTo(train);
  }

  @ParameterizedTest
  @CsvSource({"0.1", "16777216", "0", "-3e38", "1e-40"})
  void aColumnThatDoesNotVaryIsOnlyCentred(String value) throws IOException {
    String table = (value + ",0\n").repeat(30) + (value + ",1\n").repeat(13);
    assertThat(statistics(table, "?standardize=true").deviations()).containsExactly(1f);
  }

  @Test
  void foldersOfPicturesAreTheModelsClasses() throws IOException {
    for (String kind : List.of("all/cat", "all/dog", "all/fox", "some/fox", "bad/fog")) {
      picture(folder.resolve(kind));
    }
    DataSchema model = DataSource.open("images:all", folder).schema();
    assertThat(model.classNames()).containsExactly("cat", "dog", "fox");
    DataSource some = DataSource.open("images:some", folder, model);
    assertThat(some.batch(0).targets().orElseThrow().toLongs()).containsExactly(2);
    assertThat(some.classes()).hasValue(3);
    assertThatThrownBy(() -> DataSource.open("images:bad", folder, model))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s: the folder 'fog' is none of the classes the model knows: cat, dog, fox; rename it or move it away",
            folder.resolve("bad"));
  }

  @Test
  void charactersOfATextAreTheModels() throws IOException {
    String keys = "?length=3&streams=1";
    Files.writeString(folder.resolve("train.txt"), "abcabcabc");
    Files.writeString(folder.resolve("test.txt"), "cbcbcbcb");
    Files.writeString(folder.resolve("bad.txt"), "abcdabcd");
    DataSchema model = DataSource.open("text:train.txt" + keys, folder).schema();
    DataSource test = DataSource.open("text:test.txt" + keys, folder, model);
    assertThat(test.batch(0).inputs().getFirst().toLongs()).containsExactly(2, 1, 2);
    assertThatThrownBy(() -> DataSource.open("text:bad.txt" + keys, folder, model))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("bad.txt: the character 'd' (U+0064) is none of the 3");
    assertThatThrownBy(() -> DataSource.open("text:test.txt" + keys + "&unit=word", folder, model))
        .hasMessageContaining("expected char, as of the model");
  }

  private static void picture(Path folder) throws IOException {
    Files.createDirectories(folder);
    ImageIO.write(
        new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB),
        "png",
        folder.resolve("one.png").toFile());
  }

  private DataSource trainOn(String table, String keys) throws IOException {
    Files.writeString(folder.resolve("train.csv"), table);
    return DataSource.open("csv:train.csv" + keys, folder);
  }

  private FeatureStatistics statistics(String table, String keys) throws IOException {
    return trainOn(table, keys).schema().statistics().orElseThrow();
  }

  private DataSource forModel(String table, String keys, DataSchema model) throws IOException {
    Files.writeString(folder.resolve("t.csv"), table);
    return DataSource.open("csv:t.csv" + keys, folder, model);
  }

  private static float[] inputs(DataSource source) {
    return source.batch(IntStream.range(0, source.size()).toArray()).inputs().getFirst().toFloats();
  }

  private static String text(float[] values) {
    StringBuilder text = new StringBuilder();
    for (float value : values) {
      text.append(text.isEmpty() ? "" : " ").append(Math.round(value));
    }
    return text.toString();
  }
}
