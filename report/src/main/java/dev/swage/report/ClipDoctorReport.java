package dev.swage.report;

import java.util.List;

/**
 * What {@code clip-doctor} found in a history.
 *
 * @param history path of the file
 * @param clip what clipping did
 * @param findings the gravest first; empty if nothing is wrong
 * @param suggestions thresholds by rule of thumb
 */
public record ClipDoctorReport(
    Origin origin,
    String history,
    ClipSummary clip,
    List<Finding> findings,
    List<Suggestion> suggestions)
    implements Report {
  public ClipDoctorReport {
    findings = List.copyOf(findings);
    suggestions = List.copyOf(suggestions);
  }

  /**
   * Something wrong.
   *
   * @param kind from a closed set, as {@code ALWAYS_CLIPS}
   * @param evidence the figures it rests on
   * @param suggestion what to set instead
   */
  public record Finding(String kind, String evidence, String suggestion) {}

  /**
   * A threshold by a rule of thumb.
   *
   * @param rule in words
   * @param threshold > 0
   * @param clippedShare share of the steps above it
   */
  public record Suggestion(String rule, double threshold, double clippedShare) {
    public Suggestion {
      Checks.positive("threshold", threshold);
      Checks.fraction("clippedShare", clippedShare);
    }
  }
}
