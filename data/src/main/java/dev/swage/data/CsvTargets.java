package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Targets from the label column. Classes are its different values in ascending order (of numbers
 * when all are, else of text), over the whole file so that every split counts them alike. Unless
 * {@code task} says otherwise, whole numbers of at most {@value #FEW} different values and anything
 * that is not a number are classes, other numbers are values.
 */
final class CsvTargets {
  private static final int FEW = 20;

  private enum Task {
    CLASSIFICATION,
    REGRESSION
  }

  private CsvTargets() {}

  static Targets of(CsvTable table, Options options) {
    if (table.labels().isEmpty()) {
      return new Targets.None();
    }
    boolean numeric = table.labels().stream().allMatch(cell -> Numbers.parse(cell).isPresent());
    List<String> names = distinct(table.labels(), numeric);
    boolean few = names.size() <= FEW && table.labels().stream().allMatch(CsvTargets::isWhole);
    Task natural = numeric && !few ? Task.REGRESSION : Task.CLASSIFICATION;
    return switch (options.choice("task", Task.class).orElse(natural)) {
      case REGRESSION -> values(table);
      case CLASSIFICATION -> classes(table.labels(), names, order(numeric));
    };
  }

  private static Targets values(CsvTable table) {
    float[] values = new float[table.labels().size()];
    for (int i = 0; i < values.length; i++) {
      String cell = table.labels().get(i);
      Optional<Float> value = Numbers.parse(cell);
      if (value.isEmpty()) {
        throw new DataException(
            "%s line %d: label '%s' is not a number, as task=regression expects"
                .formatted(table.file(), table.lines().get(i), cell));
      }
      values[i] = value.get();
    }
    return new Targets.Values(Tensor.ofFloats(Shape.of(values.length, 1), values));
  }

  private static Targets classes(
      List<String> labels, List<String> names, Comparator<String> order) {
    int[] indices = new int[labels.size()];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = Collections.binarySearch(names, labels.get(i), order);
    }
    return new Targets.Classes(indices, names);
  }

  private static List<String> distinct(List<String> labels, boolean numeric) {
    TreeSet<String> distinct = new TreeSet<>(order(numeric));
    distinct.addAll(labels);
    return List.copyOf(distinct);
  }

  /** As numbers, 1 and 1.0 are the same label. */
  private static Comparator<String> order(boolean numeric) {
    return numeric ? Comparator.comparing(Float::valueOf) : Comparator.naturalOrder();
  }

  private static boolean isWhole(String cell) {
    return Numbers.parse(cell).filter(value -> value == Math.rint(value)).isPresent();
  }
}
