package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One clipper after the other, each on what those before leave. Nothing is written between them:
 * norms after scaling follow by arithmetic, others are measured as the edits so far leave the
 * gradients, and the optimizer applies all of it in its one pass.
 */
record ChainClipper(List<GradientClipper> stages) implements GradientClipper {
  ChainClipper {
    stages = List.copyOf(stages);
    if (stages.isEmpty()) {
      throw new IllegalArgumentException("a chain of clippers needs at least one");
    }
    for (GradientClipper stage : stages.subList(0, stages.size() - 1)) {
      if (limitsSpikes(stage)) {
        throw new IllegalArgumentException(
            "clipping spikes happens inside the optimizer's pass: put it last in the chain");
      }
    }
  }

  static boolean limitsSpikes(GradientClipper clipper) {
    return switch (clipper) {
      case SpikeClipper _ -> true;
      case ChainClipper chain -> chain.stages.stream().anyMatch(ChainClipper::limitsSpikes);
      case GroupClipper groups ->
          groups.parts().values().stream().anyMatch(ChainClipper::limitsSpikes);
      default -> false;
    };
  }

  @Override
  public Gradients read(Gradients gradients) {
    return stages.getFirst().read(gradients);
  }

  @Override
  public ClipDecision decide(Gradients unread, ClipStep step) {
    Gradients view = read(unread).measured();
    ClipRecord record = ClipRecord.of(step, "chain", view.measure());
    List<GradientEdit> edits =
        new ArrayList<>(Collections.nCopies(unread.size(), GradientEdit.NONE));
    List<ClipRecord.Stage> told = new ArrayList<>();
    boolean kept = true;
    double coefficient = 1;
    double after = view.measure().norm();
    for (GradientClipper stage : stages) {
      ClipDecision decision = stage.decide(view, step);
      if (decision instanceof ClipDecision.Skip) {
        return decision;
      }
      ClipRecord of = decision.record();
      told.add(of.asStage(of.method()));
      record = record.under(of.threshold());
      if (decision instanceof ClipDecision.Keep) {
        continue;
      }
      kept = false;
      coefficient *= of.coefficient();
      List<GradientEdit> own = decision.edits(edits.size());
      for (int i = 0; i < own.size(); i++) {
        edits.set(i, edits.get(i).then(own.get(i)));
      }
      after = Math.sqrt(Coefficients.squaresAfter(view.measure(), decision, edits.size()));
      view = limitsSpikes(stage) ? view : view.after(decision).measured();
    }
    return decision(record.with(told), edits, kept, coefficient, after);
  }

  private static ClipDecision decision(
      ClipRecord record, List<GradientEdit> edits, boolean kept, double coefficient, double after) {
    return kept
        ? new ClipDecision.Keep(record)
        : new ClipDecision.EditEach(edits, record.clippedTo(coefficient, after));
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "chain [%s]",
        String.join("; ", stages.stream().map(GradientClipper::describe).toList()));
  }

  @Override
  public void check(List<ParameterInfo> parameters, boolean secondMoments) {
    stages.forEach(stage -> stage.check(parameters, secondMoments));
  }

  private Map<String, GradientClipper> parts() {
    Map<String, GradientClipper> parts = new LinkedHashMap<>();
    for (int i = 0; i < stages.size(); i++) {
      parts.put("stage" + (i + 1), stages.get(i));
    }
    return parts;
  }

  @Override
  public Map<String, double[]> state() {
    return ClipState.ofParts(parts());
  }

  @Override
  public void restore(Map<String, double[]> state) {
    ClipState.restoreNested(state, parts(), describe());
  }

  @Override
  public void reset() {
    stages.forEach(GradientClipper::reset);
  }
}
