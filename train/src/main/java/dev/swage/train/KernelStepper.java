package dev.swage.train;

import dev.swage.clip.ClipDecision;
import dev.swage.clip.Gradients;
import dev.swage.clip.ParameterRole;
import dev.swage.kernel.GradientEdit;
import dev.swage.kernel.UpdateRule;
import dev.swage.kernel.UpdateTarget;
import dev.swage.kernel.Updates;
import dev.swage.tensor.Tensor;
import dev.swage.train.quantize.QuantizedGraph;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Owns an optimizer's state tensors and its count of steps, and runs the update kernel over
 * parameters, gradients and state.
 */
final class KernelStepper implements Optimizer.Stepper {
  private static final String STEP = "step";
  private static final long CACHE_LINE = 64;

  /** Offset between tensors that are walked in step; not a divisor of the page size. */
  private static final long STAGGER = 18 * CACHE_LINE;

  /** The coefficients of one step: {@code count} from 1, at a learning rate. */
  interface Rule {
    UpdateRule at(long count, double rate);

    /**
     * The same for scales and zero points of quantizers, which no decay pulls to 0.
     *
     * @param magnitude root mean square of the parameter
     */
    UpdateRule ofQuantizer(long count, double rate, double magnitude);
  }

  private final Arena arena = Arena.ofShared();
  private final List<Parameter> parameters;
  private final List<List<MemorySegment>> states = new ArrayList<>();
  private final Map<String, MemorySegment> named = new LinkedHashMap<>();
  private final MemorySegment count;
  private final Rule rule;
  private float[] limits;

  /** Indices of scales and zero points. */
  private final Set<Integer> quantizers;

  KernelStepper(List<Parameter> parameters, List<String> stateNames, Rule rule) {
    this.parameters = List.copyOf(parameters);
    this.rule = rule;
    this.quantizers =
        IntStream.range(0, parameters.size())
            .filter(i -> parameters.get(i).info().role() == ParameterRole.QUANTIZER)
            .boxed()
            .collect(Collectors.toCollection(TreeSet::new));
    this.limits = new float[parameters.size()];
    Arrays.fill(limits, Float.POSITIVE_INFINITY);
    try {
      this.count = arena.allocate(ValueLayout.JAVA_LONG);
      named.put(STEP, count);
      addStates(stateNames);
    } catch (RuntimeException | Error e) { // such as too little memory for all states
      arena.close();
      throw e;
    }
  }

  private void addStates(List<String> stateNames) {
    for (Parameter parameter : parameters) {
      List<MemorySegment> own = new ArrayList<>();
      for (String name : stateNames) {
        MemorySegment state = allocate(parameter.data().byteSize(), own.size() + 1);
        own.add(state);
        named.put(name + "/" + parameter.name(), state);
      }
      states.add(own);
    }
  }

  /**
   * Zeros. Large blocks begin at the same place in a memory page, those of libtorch too, and
   * streams in step then compete for the same cache sets: each state begins a little further on.
   */
  private MemorySegment allocate(long bytes, int order) {
    long offset = order * STAGGER;
    return arena.allocate(bytes + offset, CACHE_LINE).asSlice(offset, bytes);
  }

  @Override
  public void step(Gradients gradients, ClipDecision decision, double learningRate) {
    List<UpdateTarget> targets = targets(gradients, decision);
    if (!(decision instanceof ClipDecision.Skip)) {
      Updates.apply(next(learningRate), weights(targets));
      stepQuantizers(targets, learningRate);
      taken();
    }
  }

  @Override
  public OptionalDouble stepAndMeasure(
      Gradients gradients, ClipDecision decision, double learningRate) {
    List<UpdateTarget> targets = targets(gradients, decision);
    if (decision instanceof ClipDecision.Skip) {
      return OptionalDouble.empty();
    }
    Updates.Change change = Updates.applyAndMeasure(next(learningRate), weights(targets));
    stepQuantizers(targets, learningRate);
    taken();
    return change.weights() > 0
        ? OptionalDouble.of(Math.sqrt(change.moves() / change.weights()))
        : OptionalDouble.empty();
  }

  private List<UpdateTarget> weights(List<UpdateTarget> targets) {
    if (quantizers.isEmpty()) {
      return targets;
    }
    return IntStream.range(0, targets.size())
        .filter(i -> !quantizers.contains(i))
        .mapToObj(targets::get)
        .toList();
  }

  /** Each by itself: they are small, and of very different magnitudes. */
  private void stepQuantizers(List<UpdateTarget> targets, double learningRate) {
    long number = count.get(ValueLayout.JAVA_LONG, 0) + 1;
    for (int index : quantizers) {
      UpdateTarget target = targets.get(index);
      MemorySegment values = target.parameter();
      float[] before = values.toArray(Tensor.LE_FLOAT);
      Updates.apply(rule.ofQuantizer(number, learningRate, magnitude(values)), List.of(target));
      if (!QuantizedGraph.isZeroPoint(parameters.get(index).name())) {
        keepHalf(values, before);
      }
    }
  }

  /** A scale may grow as it likes; a step that would carry it below 0 says only: much smaller. */
  private static void keepHalf(MemorySegment scales, float[] before) {
    for (int i = 0; i < before.length; i++) {
      float half = before[i] / 2;
      if (scales.getAtIndex(Tensor.LE_FLOAT, i) < half) {
        scales.setAtIndex(Tensor.LE_FLOAT, i, half);
      }
    }
  }

  private static double magnitude(MemorySegment values) {
    long elements = values.byteSize() / Float.BYTES;
    double squares = 0;
    for (long i = 0; i < elements; i++) {
      double value = values.getAtIndex(Tensor.LE_FLOAT, i);
      squares += value * value;
    }
    return Math.sqrt(squares / elements);
  }

  private List<UpdateTarget> targets(Gradients gradients, ClipDecision decision) {
    if (gradients.size() != parameters.size()) {
      throw new IllegalArgumentException(
          "optimizer has %d parameters, got %d gradients"
              .formatted(parameters.size(), gradients.size()));
    }
    List<GradientEdit> edits = decision.edits(parameters.size());
    List<UpdateTarget> targets = new ArrayList<>(parameters.size());
    for (int i = 0; i < parameters.size(); i++) {
      targets.add(
          new UpdateTarget(
              parameters.get(i).data(),
              gradients.get(i).data(),
              states.get(i),
              edits.get(i),
              limits[i]));
    }
    return targets;
  }

  @Override
  public void limitParameters(float... newLimits) {
    if (newLimits.length != parameters.size()) {
      throw new IllegalArgumentException(
          "optimizer has %d parameters, got %d limits"
              .formatted(parameters.size(), newLimits.length));
    }
    this.limits = newLimits;
  }

  private UpdateRule next(double learningRate) {
    return rule.at(count.get(ValueLayout.JAVA_LONG, 0) + 1, learningRate);
  }

  private void taken() {
    count.set(ValueLayout.JAVA_LONG, 0, count.get(ValueLayout.JAVA_LONG, 0) + 1);
  }

  @Override
  public Map<String, MemorySegment> state() {
    return Collections.unmodifiableMap(named);
  }

  @Override
  public void close() {
    arena.close();
  }
}
