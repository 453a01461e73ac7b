package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Each group of parameters under a clipper of its own, and what is in no group under another. */
final class GroupClipper implements GradientClipper {
  /** The group of what is in no other. */
  static final String REST = "rest";

  private final List<ClipGroup> groups;
  private final Map<String, GradientClipper> parts = new LinkedHashMap<>();
  private List<ParameterInfo> bound = List.of();
  private Map<String, int[]> members = Map.of();

  GroupClipper(List<ClipGroup> groups, GradientClipper rest) {
    this.groups = List.copyOf(groups);
    for (ClipGroup group : groups) {
      if (parts.put(group.name(), group.clipper()) != null) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "two clip groups are called '%s'", group.name()));
      }
    }
    parts.put(REST, rest);
  }

  Map<String, GradientClipper> parts() {
    return Collections.unmodifiableMap(parts);
  }

  @Override
  public void check(List<ParameterInfo> parameters, boolean secondMoments) {
    bind(parameters);
    parts.forEach((name, clipper) -> {
      int[] own = members(name);
      if (own.length > 0) {
        clipper.check(IntStream.of(own).mapToObj(parameters::get).toList(), secondMoments);
      }
    });
  }

  private int[] members(String group) {
    return members.getOrDefault(group, new int[0]);
  }

  /** Which parameters are whose; only worked out again when these are others. */
  private void bind(List<ParameterInfo> parameters) {
    if (!parameters.equals(bound)) {
      members = GroupMembers.of(groups, REST, parameters);
      bound = parameters;
    }
  }

  @Override
  public ClipDecision decide(Gradients unmeasured, ClipStep step) {
    Gradients gradients = unmeasured.measured();
    bind(gradients.parameters());
    List<GradientEdit> edits =
        new ArrayList<>(Collections.nCopies(gradients.size(), GradientEdit.NONE));
    List<ClipRecord.Stage> told = new ArrayList<>();
    double after = 0;
    double allowed = 0;
    double smallest = 1;
    boolean kept = true;
    for (Map.Entry<String, GradientClipper> part : parts.entrySet()) {
      int[] own = members(part.getKey());
      if (own.length == 0) {
        continue;
      }
      Gradients of = gradients.subset(own);
      ClipDecision decision = part.getValue().decide(of, step);
      if (decision instanceof ClipDecision.Skip) {
        return decision;
      }
      ClipRecord record = decision.record();
      told.add(record.asStage(part.getKey()));
      kept &= decision instanceof ClipDecision.Keep;
      smallest = Math.min(smallest, record.coefficient());
      allowed += record.threshold() * record.threshold();
      after += Coefficients.squaresAfter(of.measure(), decision, own.length);
      List<GradientEdit> decided = decision.edits(own.length);
      for (int i = 0; i < own.length; i++) {
        edits.set(own[i], decided.get(i));
      }
    }
    GradientMeasure measure = gradients.measure();
    ClipRecord record =
        ClipRecord.of(step, "groups", measure)
            .of("group", 2, measure.norm())
            .under(Math.sqrt(allowed))
            .with(told);
    return kept
        ? new ClipDecision.Keep(record)
        : new ClipDecision.EditEach(edits, record.clippedTo(smallest, Math.sqrt(after)));
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "groups [%s]",
        String.join(
            "; ",
            parts.entrySet().stream()
                .map(part -> part.getKey() + ": " + part.getValue().describe())
                .toList()));
  }

  @Override
  public Map<String, double[]> state() {
    return ClipState.ofParts(parts);
  }

  @Override
  public void restore(Map<String, double[]> state) {
    ClipState.restoreNested(state, parts, describe());
  }

  @Override
  public void reset() {
    parts.values().forEach(GradientClipper::reset);
  }
}
