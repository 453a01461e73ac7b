package dev.swage.report;

import java.util.List;

/**
 * What {@code train} and {@code demo} write as {@code report.json} and {@code report.html}.
 *
 * @param runs one for each trained network
 */
public record TrainingReport(Origin origin, List<RunReport> runs) implements Report {
  public TrainingReport {
    runs = List.copyOf(runs);
  }
}
