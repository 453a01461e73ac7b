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
 * @param codes what the file holds in place of floats; absent where it holds floats
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
    double seconds,
    @JsonSerialize(using = JsonOptional.Write.class)
        @JsonDeserialize(using = JsonOptional.ReadCodes.class)
        Optional<Codes> codes)
    implements Report {
  public FinetuneReport {
    Checks.positive("samples", samples);
    classes = List.copyOf(classes);
    epochs = List.copyOf(epochs);
  }

  /** A file of floats. */
  public FinetuneReport(
      Origin origin,
      String source,
      String model,
      String data,
      long samples,
      long trained,
      List<String> classes,
      Optional<ValidationScore> before,
      ValidationScore after,
      List<EpochPoint> epochs,
      double seconds) {
    this(
        origin,
        source,
        model,
        data,
        samples,
        trained,
        classes,
        before,
        after,
        epochs,
        seconds,
        Optional.empty());
  }

  /** The same of a file that holds codes. */
  public FinetuneReport withCodes(Codes held) {
    return new FinetuneReport(
        origin,
        source,
        model,
        data,
        samples,
        trained,
        classes,
        before,
        after,
        epochs,
        seconds,
        Optional.of(held));
  }

  /**
   * A training through codes.
   *
   * @param plan which nodes have which codes, in words
   * @param method how scales followed, as {@code lsq}
   * @param untrained the codes before a step was taken, on the validation data
   * @param best those of the best epoch
   * @param written which of the two the file holds: {@code trained} or {@code untrained}
   * @param why in words
   * @param bytes size of the file
   * @param sizeRatio that over the size in floats
   */
  public record Codes(
      String plan,
      String method,
      ValidationScore untrained,
      ValidationScore best,
      String written,
      String why,
      long bytes,
      double sizeRatio) {
    public Codes {
      Checks.positive("bytes", bytes);
    }
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
