package dev.swage.compress.search;

import dev.swage.compress.diagnose.SensitivityMeasurement;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.search.ModelVariants.Candidate;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.Evaluation;
import dev.swage.run.score.ReferenceOutputs;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The problem of a real model: candidates are loaded into ONNX Runtime from memory and run. What
 * the float model gives is measured once, when it is first needed. Memory: the float model's
 * outputs on all samples, a quantized model for each rung that is measured, and the model that is
 * being measured.
 */
public final class MeasuredProblem implements SearchProblem {
  private final ModelVariants how;
  private final SearchData data;
  private final SessionOptions session;
  private @Nullable List<Ladder> ladders;
  private @Nullable ReferenceOutputs expected;
  private @Nullable ReferenceOutputs expectedOfNodes;
  private final Map<Integer, SensitivityMeasurement> rungs = new HashMap<>();
  private final Map<Assignment, Score> scores = new HashMap<>();
  private @Nullable Double accuracy;

  private MeasuredProblem(ModelVariants how, SearchData data) {
    this.how = how;
    this.data = data;
    this.session = SessionOptions.defaults().withShapesVary(data.data().largestBatch() == 1);
  }

  public static MeasuredProblem of(ModelVariants how, SearchData data) {
    return new MeasuredProblem(how, data);
  }

  @Override
  public SearchKey key() {
    return new SearchKey(
        how.modelHash(),
        data.hash(),
        "%s; nodes on %s samples, batches of %s"
            .formatted(how.describe(), data.sensitivitySamples(), data.batchSize()));
  }

  @Override
  public List<Ladder> ladders() {
    if (ladders == null) {
      ladders = how.ladders();
    }
    return ladders;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the quantized model has nothing to put in the nodes' place, that is with all other
   * nodes kept.
   */
  @Override
  public double sensitivity(Ladder ladder, int level) {
    Set<String> nodes = new LinkedHashSet<>(List.of(ladder.name()));
    ladder.rungs().forEach(rung -> nodes.addAll(rung.choices().keySet()));
    SensitivityMeasurement known = rungs.computeIfAbsent(level, this::measurement);
    if (known.nodes().containsAll(nodes)) {
      return known.of(nodes).leastSqnrDb();
    }
    Assignment alone = new Assignment(ladder.rung(level).choices(), Map.of());
    for (Ladder other : ladders()) {
      if (!other.name().equals(ladder.name())) {
        alone = alone.or(new Assignment(other.rung(other.last()).choices(), Map.of()));
      }
    }
    try (ModelSession candidate = open(how.with(alone).model())) {
      return outputsOfNodes().fidelity(candidate).leastSqnrDb();
    }
  }

  /** With every ladder on this rung, or on the last one above it that has codes. */
  private SensitivityMeasurement measurement(int level) {
    Assignment all = Assignment.none();
    for (Ladder ladder : ladders()) {
      int own = Math.min(level, ladder.last() - 1);
      all = all.or(new Assignment(ladder.rung(own).choices(), Map.of()));
    }
    return new SensitivityMeasurement(
        how.name(), how.reference(), how.with(all).model(), outputsOfNodes());
  }

  private ReferenceOutputs outputsOfNodes() {
    if (expectedOfNodes == null) {
      expectedOfNodes = outputs(data.data().limit(data.sensitivitySamples()));
    }
    return expectedOfNodes;
  }

  @Override
  public Score evaluate(Assignment given) {
    Score known = scores.get(given);
    if (known == null) {
      known = measure(given);
      scores.put(given, known);
    }
    return known;
  }

  private Score measure(Assignment given) {
    Candidate candidate = how.with(given);
    if (expected == null) {
      expected = outputs(data.data());
    }
    try (ModelSession model = open(candidate.model())) {
      return new Score(
          expected.fidelity(model).leastSqnrDb(),
          data.labelled().isEmpty()
              ? OptionalDouble.empty()
              : OptionalDouble.of(accuracy() - accuracy(model, data.labelled().get())),
          candidate.quantized().size());
    }
  }

  private ReferenceOutputs outputs(DataSource samples) {
    try (ModelSession reference = open(how.reference())) {
      return ReferenceOutputs.of(reference, samples, data.batchSize());
    }
  }

  private double accuracy() {
    if (accuracy == null) {
      try (ModelSession reference = open(how.reference())) {
        accuracy = accuracy(reference, data.labelled().orElseThrow());
      }
    }
    return accuracy;
  }

  private double accuracy(ModelSession model, DataSource labelled) {
    OutputKind kind = OutputKind.of(how.reference());
    return Evaluation.of(model, labelled, data.batchSize(), kind)
        .accuracy()
        .orElseThrow(() ->
            new SearchException(
                "%s: accuracy needs classes, the targets of these data are values"
                    .formatted(labelled.name())));
  }

  private ModelSession open(OnnxModel model) {
    return ModelSession.open(how.name(), model, session);
  }
}
