package dev.swage.report;

/**
 * What {@code plan} decided for each node of a model.
 *
 * @param input path of the model read
 * @param inputBytes its size
 * @param calibrationSamples how many samples the ranges come from; 0 where there are none
 */
public record PlannedReport(
    Origin origin, String input, long inputBytes, long calibrationSamples, NodePlan plan)
    implements Report {
  public PlannedReport {
    Checks.positive("inputBytes", inputBytes);
  }
}
