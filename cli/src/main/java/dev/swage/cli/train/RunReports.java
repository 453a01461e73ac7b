package dev.swage.cli.train;

import dev.swage.cli.inspect.Profiles;
import dev.swage.cli.quantize.Decisions;
import dev.swage.cli.recipe.Recipe;
import dev.swage.clip.ClipHistory;
import dev.swage.compress.Conversion;
import dev.swage.compress.weights.QuantizedWeight;
import dev.swage.data.DataSource;
import dev.swage.quant.QuantizedTensor;
import dev.swage.report.ClipSummary;
import dev.swage.report.ClipTelemetry;
import dev.swage.report.EpochPoint;
import dev.swage.report.GradientSeries;
import dev.swage.report.ModelResult;
import dev.swage.report.QuantGrid;
import dev.swage.report.RunReport;
import dev.swage.train.EpochRecord;
import dev.swage.train.Score;
import dev.swage.train.TrainingRun;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** A finished recipe as records for reports. */
final class RunReports {
  private RunReports() {}

  static RunReport of(
      Recipe recipe,
      TrainingRun trained,
      Map<String, Conversion> narrowed,
      List<ModelResult> results,
      DataSource train,
      List<ClipTelemetry.Spike> spikes) {
    RunReport report = report(recipe, trained, narrowed, results, train, spikes);
    return WeightReports.of(trained).map(report::withRanges).orElse(report);
  }

  private static RunReport report(
      Recipe recipe,
      TrainingRun trained,
      Map<String, Conversion> narrowed,
      List<ModelResult> results,
      DataSource train,
      List<ClipTelemetry.Spike> spikes) {
    ClipHistory clip = trained.history().clip();
    return new RunReport(
        recipe.name(),
        recipe.title(),
        description(recipe, train),
        summary(clip.summary()),
        trained.history().epochs().stream().map(RunReports::point).toList(),
        GradientSeries.of(
            clip.norms(), clip.thresholds(), clip.clipped(), GradientSeries.DEFAULT_COLUMNS),
        Telemetry.of(trained.history(), spikes),
        Profiles.ofQuantized(trained.model(), weight -> grids(weight, narrowed)),
        results,
        provenance(recipe, train));
  }

  private static String description(Recipe recipe, DataSource train) {
    return String.format(
        Locale.ROOT,
        "%,d samples of %s; %s, batch %d, %d epochs; %s.",
        train.size(),
        train.name(),
        recipe.training().optimizer().describe(),
        recipe.training().batch(),
        recipe.training().epochs(),
        recipe.training().loss().describe());
  }

  static ClipSummary summary(ClipHistory.Summary clip) {
    return new ClipSummary(
        clip.method(),
        clip.steps(),
        clip.clippedSteps(),
        clip.skipped(),
        clip.normQuartiles(),
        clip.threshold());
  }

  private static EpochPoint point(EpochRecord epoch) {
    return new EpochPoint(
        epoch.epoch(),
        epoch.training().loss(),
        epoch
            .validation()
            .map(score -> OptionalDouble.of(score.loss()))
            .orElse(OptionalDouble.empty()),
        epoch.validation().map(Score::accuracy).orElse(OptionalDouble.empty()),
        epoch.learningRate());
  }

  /** The levels of a weight in each narrowed file, by a median scale where there are many. */
  private static List<QuantGrid> grids(String weight, Map<String, Conversion> narrowed) {
    List<QuantGrid> grids = new ArrayList<>();
    for (Conversion conversion : narrowed.values()) {
      QuantizedWeight codes = conversion.quantized().codes().get(weight);
      if (codes != null) {
        grids.add(grid(codes.tensor()));
      }
    }
    return grids;
  }

  private static QuantGrid grid(QuantizedTensor codes) {
    float[] scales = codes.params().scales();
    int median = medianIndex(scales);
    String granularity = Decisions.granularity(codes.scheme().granularity());
    return new QuantGrid(
        codes.scheme().bits(),
        scales.length == 1
            ? granularity
            : String.format(Locale.ROOT, "%s: median of %,d scales", granularity, scales.length),
        scales[median],
        codes.params().zeroPoints()[median],
        codes.scheme().qmin(),
        codes.scheme().qmax());
  }

  private static int medianIndex(float[] scales) {
    return IntStream.range(0, scales.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> scales[i]))
        .skip(scales.length / 2)
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, String> provenance(Recipe recipe, DataSource train) {
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("recipe", recipe.name());
    provenance.put("seed", Long.toString(recipe.seed()));
    provenance.put("training data", train.name());
    provenance.put("training data sha256", train.hash());
    provenance.put("test data", recipe.data().test());
    return provenance;
  }
}
