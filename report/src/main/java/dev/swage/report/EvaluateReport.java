package dev.swage.report;

import java.util.List;

/**
 * What {@code evaluate} measured.
 *
 * @param model the file and its figures
 * @param data the data's specification as the user typed it
 * @param samples how many samples were evaluated
 * @param classes of every class its samples and how many of them are right; empty where answers are
 *     not classes, or there are too many of them
 */
public record EvaluateReport(
    Origin origin, ModelResult model, String data, long samples, List<ClassResult> classes)
    implements Report {
  public EvaluateReport {
    Checks.positive("samples", samples);
    classes = List.copyOf(classes);
  }

  /**
   * One class.
   *
   * @param samples with this label
   * @param correct those that the model says it of
   */
  public record ClassResult(String name, long samples, long correct) {}
}
