package dev.swage.clip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Scales each group of tensors whose norm N exceeds the threshold c by c/N, and leaves the others
 * alone. A norm that is NaN or infinite bounds nothing: its group keeps its gradients.
 */
record NormClipper(NormOrder order, NormScope scope, ThresholdSchedule threshold)
    implements GradientClipper {

  @Override
  public Gradients read(Gradients gradients) {
    return gradients.measured(order);
  }

  @Override
  public ClipDecision decide(Gradients unread, ClipStep step) {
    Gradients gradients = read(unread);
    double[] parts = order.parts(gradients);
    double bound = threshold.at(step);
    Float[] coefficients = new Float[gradients.size()];
    double largest = 0;
    double largestAfter = 0;
    double smallest = 1;
    for (int[] group : groups(gradients)) {
      double norm = order.norm(IntStream.of(group).mapToDouble(i -> parts[i]).toArray());
      float coefficient = Coefficients.of(norm, bound);
      for (int i : group) {
        coefficients[i] = coefficient;
      }
      largest = Math.max(largest, norm);
      largestAfter = Math.max(largestAfter, coefficient < 1 ? norm * coefficient : norm);
      smallest = Math.min(smallest, coefficient);
    }
    ClipRecord record =
        ClipRecord.of(step, method(), gradients.measure())
            .of(scope.symbol(), order.p(), largest)
            .under(bound);
    if (smallest == 1) {
      return new ClipDecision.Keep(record);
    }
    ClipRecord clipped = record.clippedTo(smallest, largestAfter);
    return scope == NormScope.GLOBAL
        ? new ClipDecision.Scale((float) smallest, clipped)
        : new ClipDecision.ScaleEach(Arrays.asList(coefficients), clipped);
  }

  private List<int[]> groups(Gradients gradients) {
    IntStream all = IntStream.range(0, gradients.size());
    return switch (scope) {
      case GLOBAL -> List.of(all.toArray());
      case TENSOR -> all.mapToObj(i -> new int[] {i}).toList();
      case LAYER -> groups(gradients, Gradients.Entry::layer);
      case GROUP -> groups(gradients, entry -> entry.parameter().role());
    };
  }

  private static List<int[]> groups(Gradients gradients, Function<Gradients.Entry, Object> key) {
    Map<Object, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < gradients.size(); i++) {
      groups.computeIfAbsent(key.apply(gradients.get(i)), _ -> new ArrayList<>()).add(i);
    }
    return groups.values().stream()
        .map(indices -> indices.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  @Override
  public String describe() {
    return String.format(Locale.ROOT, "%s, threshold %s", method(), threshold.describe());
  }

  private String method() {
    return scope.symbol() + " norm " + order.symbol();
  }
}
