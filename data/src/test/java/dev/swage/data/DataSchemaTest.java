package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a model knows of its data, in its metadata. */
class DataSchemaTest {
  private static final OnnxModel MODEL = OnnxModel.of(Graph.builder("g").build());

  private static DataSchema table(List<String> classes, FeatureStatistics statistics) {
    return new DataSchema(
        classes,
        Optional.empty(),
        List.of("long, \"name\"", "b"),
        Optional.of("ünit"),
        Optional.ofNullable(statistics));
  }

  static Stream<DataSchema> schemas() {
    List<Float> means = List.of(1e-30f, -16777215f);
    List<Float> deviations = List.of(0.1f, Float.MIN_NORMAL);
    return Stream.of(
        DataSchema.NONE,
        DataSchema.ofClasses(List.of("cat", "dog,fish", "\u001b[1m\n")),
        DataSchema.ofText(TextUnit.WORD, List.of("<unk>", "a", "\"")),
        table(List.of("1", "2"), null),
        table(List.of(), new FeatureStatistics(false, means, deviations)),
        table(List.of("x"), new FeatureStatistics(true, means, deviations)),
        table(List.of("x"), new FeatureStatistics(true, means, List.of())));
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void metadataReadsBackEqual(DataSchema schema) {
    assertThat(DataSchema.of(schema.applyTo(MODEL))).isEqualTo(schema);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "swage.classes|cat, dog|a JSON array of different texts",
        "swage.classes|[1, 2]|a JSON array of different texts",
        "swage.classes|[\"a\", \"a\"]|a JSON array of different texts",
        "swage.classes|[\"a\"|a JSON array of different texts",
        "swage.classes|[\"a\"] x|a JSON array of different texts",
        "swage.classes|[[\"a\"]]|a JSON array of different texts",
        "swage.features.mean|[1, NaN]|a JSON array of numbers",
        "swage.features.mean|[\"1\", 2]|a JSON array of numbers",
        "swage.features.mean|[1]|a number for each of 2 features",
        "swage.missing|median|mean",
      })
  void malformedEntriesAreNamed(String key, String entry, String expected) {
    OnnxModel model = table(List.of("x"), statistics()).applyTo(MODEL).withMetadata(key, entry);
    assertThatThrownBy(() -> DataSchema.of(model))
        .isInstanceOf(OnnxException.class)
        .hasMessage(
            "metadata %s: got '%s', expected %s; correct the entry or remove it",
            key, entry, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"[1, 0]", "[1, -1]", "[1]", "[1, 1e99]"})
  void deviationsThatCannotBeAreNamed(String entry) {
    OnnxModel model =
        table(List.of("x"), statistics()).applyTo(MODEL).withMetadata("swage.features.std", entry);
    assertThatThrownBy(() -> DataSchema.of(model))
        .isInstanceOf(OnnxException.class)
        .hasMessageStartingWith("metadata swage.features.mean and swage.features.std: ");
  }

  @Test
  void entriesAreJsonForOtherPrograms() {
    Map<String, String> metadata =
        table(List.of("no", "yes"), statistics()).applyTo(MODEL).metadata();
    assertThat(metadata)
        .containsEntry("swage.classes", "[\"no\",\"yes\"]")
        .containsEntry("swage.features.mean", "[1.0, 2.0]")
        .containsEntry("swage.features.std", "[0.5, 0.25]")
        .containsEntry("swage.missing", "mean")
        .containsEntry("swage.label", "ünit");
  }

  @Test
  void whatIsNotAlikeIsNamed() {
    DataSchema model = table(List.of("no", "yes"), null);
    assertThat(model.conflict(model)).isEmpty();
    assertThat(model.conflict(DataSchema.NONE)).isEmpty();
    assertThat(DataSchema.NONE.conflict(model)).isEmpty();
    assertThat(model.conflict(table(List.of("no"), null)).orElseThrow())
        .startsWith("its classes are no, those of the model no, yes; open it for the model");
    assertThat(model.conflict(table(List.of("no", "yes"), statistics())).orElseThrow())
        .startsWith("the model has no statistics of the columns, which missing=mean needs");
  }

  private static FeatureStatistics statistics() {
    return new FeatureStatistics(true, List.of(1f, 2f), List.of(0.5f, 0.25f));
  }
}
