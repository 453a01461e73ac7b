package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What {@code finetune} did.
 *
 * @param source the file that it began from
 * @param model the file that it wrote
 * @param data the training data's specification as the user typed it
 * @param samples how many samples were trained on
 * @param trained how many weights were trained
 * @param classes names of the classes, by number; empty where targets are values or have no names
 * @param before how well the source does on the validation data; absent with a new head
 * @param after how well the written model does
 * @param epochs the learning curves
 * @param seconds of training
 */
public record FinetuneReport(
    Origin origin,
    String source,
    String model,
    String data,
    long samples,
    long trained,
    List<String> classes,
    @JsonSerialize(using = JsonOptional.Write.class)
        @JsonDeserialize(using = JsonOptional.ReadScore.class)
        Optional<ValidationScore> before,
    ValidationScore after,
    List<EpochPoint> epochs,
    double seconds)
    implements Report {
  public FinetuneReport {
    Checks.positive("samples", samples);
    classes = List.copyOf(classes);
    epochs = List.copyOf(epochs);
  }

  /**
   * On the validation data.
   *
   * @param accuracy fraction in [0, 1]; absent for values
   * @param figures other metrics by name, as {@code f1}
   * @param confusion for each class how often the model said each class of its samples; empty where
   *     answers are not classes, or are of many
   */
  public record ValidationScore(
      double loss,
      OptionalDouble accuracy,
      Map<String, Double> figures,
      List<List<Long>> confusion) {
    public ValidationScore {
      Checks.fraction("accuracy", accuracy);
      figures = Map.copyOf(figures);
      confusion = confusion.stream().map(List::copyOf).toList();
    }
  }
}
