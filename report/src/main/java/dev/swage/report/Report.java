package dev.swage.report;

import java.util.Locale;

/**
 * A whole result that can stand as one JSON document. The document opens with {@code schema}, then
 * the fields of {@link #origin()}, then the record's own components in order.
 */
public sealed interface Report
    permits TrainingReport,
        InspectReport,
        CalibrateReport,
        QuantizeReport,
        PlannedReport,
        ProofReport,
        EvaluateReport,
        FinetuneReport,
        OperatorsReport,
        CompareReport,
        SweepReport,
        ClipDoctorReport {

  /** Which program made it, when and where. */
  Origin origin();

  /**
   * Name and version of the document's layout, as {@code swage.compare/1}. The number grows when a
   * field is removed or changes its meaning, not when one is added.
   */
  default String schema() {
    return schemaOf(getClass());
  }

  /** The schema of a kind of report. */
  static String schemaOf(Class<? extends Report> kind) {
    if (kind == TrainingReport.class) {
      return "swage.report/1";
    }
    String name = kind.getSimpleName();
    return "swage."
        + name.substring(0, name.length() - "Report".length()).toLowerCase(Locale.ROOT)
        + "/1";
  }
}
