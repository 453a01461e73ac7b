package dev.swage.report;

/**
 * What {@code evaluate} measured.
 *
 * @param model the file and its figures
 * @param data the data's specification as the user typed it
 * @param samples how many samples were evaluated
 */
public record EvaluateReport(Origin origin, ModelResult model, String data, long samples)
    implements Report {
  public EvaluateReport {
    Checks.positive("samples", samples);
  }
}
