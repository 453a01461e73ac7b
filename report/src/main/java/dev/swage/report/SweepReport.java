package dev.swage.report;

import java.util.List;

/**
 * What {@code sweep} trained: one recipe under several settings.
 *
 * @param recipe path of the recipe
 * @param data what the trained networks were scored on
 * @param runs one for each combination of settings, in the order they ran
 */
public record SweepReport(Origin origin, String recipe, String data, List<SweepRun> runs)
    implements Report {
  public SweepReport {
    runs = List.copyOf(runs);
  }
}
