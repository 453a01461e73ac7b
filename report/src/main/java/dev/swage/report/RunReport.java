package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One network's story: trained, clipped, narrowed, measured.
 *
 * @param name short and fit for file names, as {@code moons}
 * @param title for people
 * @param description the network, its data and its training, in a sentence or two
 * @param clip what clipping did, in sum
 * @param epochs the loss curves; may be empty
 * @param gradients gradient norm against threshold over the steps
 * @param telemetry coefficients, norms by parameter, and spikes
 * @param weights the weights' distributions; may be empty
 * @param models the files: the reference (float32) first
 * @param ranges how the weights spread over the epochs, beside their clipping; empty where it was
 *     not recorded
 * @param stages the same of each stage of training through codes, in order; empty without such
 * @param provenance what it takes to repeat the run (seed, data and its hash, recipe, …), by name,
 *     in the order given
 */
public record RunReport(
    String name,
    String title,
    String description,
    ClipSummary clip,
    List<EpochPoint> epochs,
    GradientSeries gradients,
    ClipTelemetry telemetry,
    List<WeightProfile> weights,
    List<ModelResult> models,
    @JsonSerialize(using = JsonOptional.Write.class)
        @JsonDeserialize(using = JsonOptional.ReadRanges.class)
        Optional<WeightRanges> ranges,
    List<Stage> stages,
    Map<String, String> provenance) {
  public RunReport {
    epochs = List.copyOf(epochs);
    stages = List.copyOf(stages);
    weights = List.copyOf(weights);
    models = List.copyOf(models);
    provenance = Collections.unmodifiableMap(new LinkedHashMap<>(provenance));
    if (models.isEmpty()) {
      throw new IllegalArgumentException("run " + name + " needs at least its reference model");
    }
  }

  /** A run whose weights were not recorded. */
  public RunReport(
      String name,
      String title,
      String description,
      ClipSummary clip,
      List<EpochPoint> epochs,
      GradientSeries gradients,
      ClipTelemetry telemetry,
      List<WeightProfile> weights,
      List<ModelResult> models,
      Map<String, String> provenance) {
    this(
        name,
        title,
        description,
        clip,
        epochs,
        gradients,
        telemetry,
        weights,
        models,
        Optional.empty(),
        List.of(),
        provenance);
  }

  /**
   * How the weights spread in a stage of training through codes.
   *
   * @param stage its codes, as {@code 4 bits}
   */
  public record Stage(String stage, WeightRanges ranges) {}

  /** The same with how the weights spread. */
  public RunReport withRanges(WeightRanges recorded) {
    return new RunReport(
        name,
        title,
        description,
        clip,
        epochs,
        gradients,
        telemetry,
        weights,
        models,
        Optional.of(recorded),
        stages,
        provenance);
  }

  /** The same with stages of training through codes. */
  public RunReport withStages(List<Stage> trained) {
    return new RunReport(
        name,
        title,
        description,
        clip,
        epochs,
        gradients,
        telemetry,
        weights,
        models,
        ranges,
        trained,
        provenance);
  }

  /** The model the others are measured against. */
  public ModelResult reference() {
    return models.getFirst();
  }
}
