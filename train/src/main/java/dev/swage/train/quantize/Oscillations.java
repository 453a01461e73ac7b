package dev.swage.train.quantize;

import dev.swage.quant.CodeDamping;
import dev.swage.quant.CodeOscillations;
import dev.swage.quant.QuantParams;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Damps and freezes the oscillating codes of a run's weights. */
final class Oscillations {
  private final Oscillation settings;
  private final List<Watched> watched = new ArrayList<>();
  private boolean begun;

  /**
   * A weight, and its gradient's place.
   *
   * @param followed what is remembered of its elements, for freezing
   */
  private record Watched(
      QuantizedWeight weight, int index, CodeDamping damping, CodeOscillations followed) {}

  /**
   * @param order names of what is trained, in the order of the gradients
   * @throws IllegalArgumentException if weights are to freeze whose scales follow their range
   */
  Oscillations(Oscillation settings, List<QuantizedWeight> weights, List<String> order) {
    this.settings = settings;
    for (QuantizedWeight weight : weights) {
      FakeQuantize facts = weight.facts();
      if (facts.scheme().bits() <= CodeOscillations.MOST_BITS) {
        requireScales(weight);
        watched.add(
            new Watched(
                weight,
                order.indexOf(weight.name()),
                new CodeDamping(facts.shape(), facts.scheme()),
                new CodeOscillations(facts.shape(), facts.scheme())));
      }
    }
  }

  private void requireScales(QuantizedWeight weight) {
    if (settings.freeze().isPresent() && weight.facts().follows()) {
      throw new IllegalArgumentException(
          "the scales of '%s' follow its range, and a frozen weight would move it; freeze oscillations with method lsq, lsq+ or fixed, or damp them"
              .formatted(weight.name()));
    }
  }

  boolean isEmpty() {
    return watched.isEmpty();
  }

  /**
   * Adds the gradients of the damping, and takes those of frozen elements off.
   *
   * @param done part of the steps that is done
   */
  void addGradients(List<MemorySegment> gradients, double done) {
    double strength = settings.damp(done);
    for (Watched each : watched) {
      MemorySegment gradient = gradients.get(each.index());
      if (strength > 0) {
        each.damping()
            .addGradient(each.weight().data(), each.weight().params(), strength, gradient);
      }
      if (begun) {
        each.followed().clear(gradient);
      }
    }
  }

  /** Remembers the codes before the first step. */
  void begin() {
    if (!begun && settings.freeze().isPresent()) {
      watched.forEach(each -> each.followed().begin(each.weight().data(), each.weight().params()));
      begun = true;
    }
  }

  /**
   * Looks at the codes after a step.
   *
   * @return the share of elements that are frozen; empty where none is to freeze
   */
  OptionalDouble follow(double done) {
    if (settings.freeze().isEmpty() || watched.isEmpty()) {
      return OptionalDouble.empty();
    }
    double threshold = settings.freeze().get().at(done);
    long frozen = 0;
    long all = 0;
    for (Watched each : watched) {
      QuantParams params = each.weight().params();
      frozen += each.followed().follow(each.weight().data(), params, threshold);
      all += each.weight().facts().shape().elements();
    }
    return OptionalDouble.of((double) frozen / Math.max(1, all));
  }

  /** What is remembered, by name; nothing before the first step. */
  Map<String, MemorySegment> state() {
    Map<String, MemorySegment> state = new LinkedHashMap<>();
    if (begun) {
      for (Watched each : watched) {
        each.followed()
            .state()
            .forEach((name, bytes) -> state.put(name + "/" + each.weight().name(), bytes));
      }
    }
    return state;
  }

  /** Lets {@link #state} have what a checkpoint remembers. */
  void resume() {
    begun = true;
  }
}
