package dev.swage.cli.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.yaml.YamlException;
import dev.swage.train.EarlyStopping;
import dev.swage.train.Loss;
import dev.swage.train.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys of {@code train:} about losses, metrics and averages, and what is said of wrong ones. */
final class TrainingReaderTest {
  @TempDir Path folder;

  /** A recipe with this loss; the settings begin in line 15. */
  private Recipe read(String loss, boolean validation, String... settings) throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            name: tiny
            data:
              train: "blobs:?n=80&features=4&classes=3"
              %s
              test: "blobs:?n=20&features=4&classes=3&split=test"
            model:
              input: [4]
              layers: [dense: 3]
            train:
              optimizer: {adamw: {lr: 0.01}}
              batch: 8
              epochs: 1
              clip: none
              loss: %s
            """
                .formatted(
                    validation
                        ? "validation: \"blobs:?n=20&features=4&classes=3&split=validation\""
                        : "",
                    loss));
    List.of(settings).forEach(setting -> text.append("  ").append(setting).append('\n'));
    return RecipeReader.read(Files.writeString(folder.resolve("tiny.yaml"), text), List.of());
  }

  private Recipe classes(String... settings) throws IOException {
    return read("cross-entropy-logits", true, settings);
  }

  @Test
  void a_loss_is_smoothed_and_weighed() throws IOException {
    assertThat(classes().training().loss()).isEqualTo(Loss.crossEntropyWithLogits());
    assertThat(classes("label-smoothing: 0.1").training().loss())
        .isEqualTo(Loss.crossEntropyWithLogits().labelSmoothing(0.1));
    assertThat(classes("class-weights: [1, 2.5, 4]").training().loss())
        .isEqualTo(Loss.crossEntropyWithLogits().classWeights(List.of(1.0, 2.5, 4.0)));
    assertThat(classes("label-smoothing: 0.2", "class-weights: [1, 2, 4]").training().loss())
        .isEqualTo(
            Loss.crossEntropyWithLogits().labelSmoothing(0.2).classWeights(List.of(1.0, 2.0, 4.0)));
  }

  @Test
  void an_average_has_its_decay() throws IOException {
    assertThat(classes().tuning().average()).isEmpty();
    assertThat(classes("average: 0.99").tuning().average()).hasValue(0.99);
    assertThat(classes("average: 0").tuning().average()).hasValue(0);
  }

  @Test
  void early_stopping_watches_the_loss_unless_told_otherwise() throws IOException {
    assertThat(classes("early-stopping: {patience: 4}").training().earlyStopping())
        .contains(EarlyStopping.on(Metric.LOSS, 4));
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void every_metric_has_its_word_and_its_losses(Metric metric) throws IOException {
    String setting = "early-stopping: {patience: 2, metric: %s}".formatted(metric.word());
    for (String loss : List.of("cross-entropy-logits", "mean-squared-error")) {
      boolean fits =
          switch (metric) {
            case LOSS -> true;
            case MEAN_ABSOLUTE_ERROR, R2 -> loss.startsWith("mean");
            default -> loss.startsWith("cross");
          };
      if (fits) {
        assertThat(read(loss, true, setting).training().earlyStopping())
            .contains(EarlyStopping.on(metric, 2));
      } else {
        assertThatThrownBy(() -> read(loss, true, setting))
            .hasMessageStartingWith(
                "%s:15: train.early-stopping.metric: %s is for "
                    .formatted(folder.resolve("tiny.yaml"), metric.word()));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "label-smoothing: 1           | train.label-smoothing: label smoothing must be in [0, 1), got 1.0",
        "label-smoothing: much        | train.label-smoothing must be a number, got 'much'",
        "class-weights: [1, 0, 2]     | train.class-weights: a class weight must be finite and > 0, got 0.0",
        "class-weights: [1, two]      | train.class-weights must be a number, got 'two'",
        "average: 1                   | train.average must be in [0, 1), got 1",
        "average: -0.1                | train.average must be in [0, 1), got -0.1",
        "average: slow                | train.average must be a number, got 'slow'",
        "early-stopping: {}           | key 'patience' is missing in train.early-stopping",
        "early-stopping: {patience: 0} | train.early-stopping.patience must be a whole number of at least 1, got '0'",
        "early-stopping: {patience: 1, metric: f2} | unknown train.early-stopping.metric 'f2'; did you mean 'f1'? ",
        "early-stopping: {patience: 1, metric: r2} | train.early-stopping.metric: r2 is for values, and loss cross-entropy on logits is not",
        "'stop: {metric: r2, at: 0.5}' | train.stop.metric: r2 is for values, and loss cross-entropy on logits is not",
        "early-stop: {patience: 1}    | unknown key 'early-stop' in train; did you mean 'early-stopping'? ",
      })
  void what_is_wrong_has_a_line(String setting, String complaint) {
    assertComplaint(() -> classes(setting), 15, complaint);
  }

  @Test
  void a_wrong_weight_is_said_of_the_weights() {
    assertComplaint(
        () -> classes("label-smoothing: 0.1", "class-weights: [1, -2]"),
        16,
        "train.class-weights: a class weight must be finite and > 0, got -2.0");
  }

  @ParameterizedTest
  @CsvSource({"label-smoothing: 0.1, label-smoothing", "'class-weights: [1, 2]', class-weights"})
  void other_losses_have_no_classes_to_balance(String setting, String key) {
    for (String loss : List.of("mean-squared-error", "binary-cross-entropy-logits")) {
      assertComplaint(
          () -> read(loss, true, setting),
          15,
          "train.%s is for cross-entropy, got ".formatted(key));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "early-stopping: {patience: 1}  | early-stopping",
        "'stop: {metric: loss, at: 1}'  | stop",
      })
  void what_watches_validation_data_needs_them(String setting, String key) {
    assertComplaint(
        () -> read("cross-entropy-logits", false, setting),
        15,
        "train.%s watches validation data; say data.validation".formatted(key));
  }

  private void assertComplaint(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable reading, int line, String complaint) {
    assertThatThrownBy(reading)
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith("%s:%d: %s".formatted(folder.resolve("tiny.yaml"), line, complaint))
        .message()
        .hasLineCount(1);
  }
}
