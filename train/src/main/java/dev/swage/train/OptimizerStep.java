package dev.swage.train;

import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.GradientMeasure;
import dev.swage.clip.Gradients;
import dev.swage.clip.NonFiniteGradientException;
import dev.swage.clip.ParameterRole;
import dev.swage.range.RangeKeeper;
import dev.swage.train.quantize.QuantizerKeeper;
import dev.swage.train.torch.TorchSession;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * One optimizer step, and the only place that knows its order:
 *
 * <ol>
 *   <li>accumulate the gradients of the step's batches, as the gradient of their mean loss
 *   <li>average them across workers: here, once there are several
 *   <li>undo the scale of the loss: here, once losses are scaled; float32 needs none
 *   <li>add the gradients of range penalties and of what damps oscillations: they are terms of the
 *       loss, so all that follows sees them
 *   <li>check that they are finite, as the clipper's policy says
 *   <li>clip: decide once for the whole step, never for a batch of it
 *   <li>weight decay, update and limits of weights, by the optimizer, in one pass that applies the
 *       decision
 *   <li>let penalties learn
 *   <li>tell what happened
 * </ol>
 */
final class OptimizerStep {
  /** Measuring costs half to three quarters of an update: 2 or 3 % of all updates. */
  private static final int MEASURED_EVERY = 25;

  private final TorchSession session;
  private final List<Parameter> parameters;
  private final GradientClipper clipper;
  private final Optimizer.Stepper stepper;
  private final int accumulate;
  private final Optional<RangeKeeper> ranges;
  private final QuantizerKeeper quantizers;

  /** The batches of a step. */
  interface Batches {
    /** Adds the gradient of the next batch, times a weight, and gives its scores. */
    TorchSession.Scores accumulateNext(double weight);

    /** Complains unless the step's mean loss is finite. */
    void requireFinite(double loss);
  }

  /**
   * What came of a step.
   *
   * @param scores mean loss over its batches, and labels met
   * @param norms L2 norm of every parameter's gradient before clipping
   * @param updateRatio what the optimizer measured, at every 25th step
   * @param rangeLoss the range penalties' share of the loss; empty without penalties
   * @param quantizerShare share of quantizers in the squared norm; empty without trained ones
   * @param quantizers what became of codes
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier for a moment: nobody compares it
  record Outcome(
      TorchSession.Scores scores,
      ClipDecision decision,
      double[] norms,
      OptionalDouble updateRatio,
      OptionalDouble rangeLoss,
      OptionalDouble quantizerShare,
      QuantizerKeeper.Told quantizers) {
    boolean skipped() {
      return decision instanceof ClipDecision.Skip;
    }
  }

  /**
   * @param accumulate batches that make one step
   */
  OptimizerStep(
      TorchSession session,
      List<Parameter> parameters,
      GradientClipper clipper,
      Optimizer.Stepper stepper,
      int accumulate,
      Optional<RangeKeeper> ranges,
      QuantizerKeeper quantizers) {
    this.session = session;
    this.parameters = parameters;
    this.clipper = clipper;
    this.stepper = stepper;
    this.accumulate = accumulate;
    this.ranges = ranges;
    this.quantizers = quantizers;
  }

  /**
   * Takes the step.
   *
   * @throws TrainingException when loss or gradients are not finite and the step is not skipped
   */
  Outcome take(Batches batches, ClipStep step) {
    TorchSession.Scores scores = accumulate(batches);
    List<MemorySegment> segments = session.gradients();
    OptionalDouble rangeLoss = addPenalties(segments, step.number());
    quantizers.addGradients(segments, step.number());
    Gradients gradients = clipper.read(gradients(segments));
    ClipDecision decision = decide(gradients, scores.loss(), step);
    double[] norms = norms(gradients.measure());
    if (decision instanceof ClipDecision.Skip) {
      session.abandonStep();
    } else {
      batches.requireFinite(scores.loss());
    }
    quantizers.before(step.number() % MEASURED_EVERY == 0);
    OptionalDouble ratio = update(gradients, decision, step);
    QuantizerKeeper.Told told =
        quantizers.after(step.number(), !(decision instanceof ClipDecision.Skip));
    return new Outcome(scores, decision, norms, ratio, rangeLoss, quantizerShare(norms), told);
  }

  private OptionalDouble quantizerShare(double[] norms) {
    double all = 0;
    double quantizers = 0;
    boolean some = false;
    for (int i = 0; i < norms.length; i++) {
      double squares = norms[i] * norms[i];
      all += squares;
      if (parameters.get(i).info().role() == ParameterRole.QUANTIZER) {
        quantizers += squares;
        some = true;
      }
    }
    return some && all > 0 ? OptionalDouble.of(quantizers / all) : OptionalDouble.empty();
  }

  private OptionalDouble addPenalties(List<MemorySegment> gradients, long step) {
    return ranges.filter(RangeKeeper::hasPenalties).isPresent()
        ? OptionalDouble.of(ranges.get().addGradients(weights(), gradients, step))
        : OptionalDouble.empty();
  }

  private List<MemorySegment> weights() {
    return parameters.stream().map(Parameter::data).toList();
  }

  private OptionalDouble update(Gradients gradients, ClipDecision decision, ClipStep step) {
    boolean controlled = ranges.isPresent() && !(decision instanceof ClipDecision.Skip);
    if (controlled && ranges.get().hasLimits()) {
      stepper.limitParameters(ranges.get().limits(weights(), step.number()));
    }
    OptionalDouble ratio = updateAndMeasure(gradients, decision, step);
    if (controlled) {
      ranges.get().learn(step.learningRate());
    }
    return ratio;
  }

  private OptionalDouble updateAndMeasure(
      Gradients gradients, ClipDecision decision, ClipStep step) {
    if (step.number() % MEASURED_EVERY == 0) {
      return stepper.stepAndMeasure(gradients, decision, step.learningRate());
    }
    stepper.step(gradients, decision, step.learningRate());
    return OptionalDouble.empty();
  }

  private TorchSession.Scores accumulate(Batches batches) {
    session.beginStep();
    double mean = 0;
    long correct = 0;
    long labels = 0;
    double weight = 1.0 / accumulate;
    for (int i = 0; i < accumulate; i++) {
      TorchSession.Scores scores = batches.accumulateNext(weight);
      mean += scores.loss() * weight;
      correct += scores.correct();
      labels += scores.labels();
    }
    return new TorchSession.Scores(mean, correct, labels);
  }

  private ClipDecision decide(Gradients gradients, double loss, ClipStep step) {
    try {
      return clipper.decide(gradients, step);
    } catch (NonFiniteGradientException e) {
      throw new TrainingException("loss is %s; %s".formatted(loss, e.getMessage()), e);
    }
  }

  private double[] norms(GradientMeasure measure) {
    return IntStream.range(0, parameters.size())
        .mapToDouble(i -> Math.sqrt(measure.sumOfSquares(i)))
        .toArray();
  }

  private Gradients gradients(List<MemorySegment> segments) {
    List<Gradients.Entry> entries = new ArrayList<>(segments.size());
    for (int i = 0; i < segments.size(); i++) {
      Parameter parameter = parameters.get(i);
      entries.add(new Gradients.Entry(parameter.info(), segments.get(i), parameter.data()));
    }
    return Gradients.of(entries);
  }
}
