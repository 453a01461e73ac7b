package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Targets from a column of labels. Classes are the model's, where the file is opened for a model
 * that has some: a label of no class is an error. Else, and for a model with a new head, they are
 * the different values in ascending order (of numbers when all are, else of text), over the whole
 * file so that every split counts them alike. Without {@code task}, whole numbers of at most
 * {@value #FEW} different values and anything that is not a number are classes; of other numbers it
 * must be said what they are.
 */
final class LabelTargets {
  private static final int FEW = 20;

  private enum Task {
    CLASSIFICATION,
    REGRESSION
  }

  private final LabelColumn column;
  private final Options options;
  private final Optional<Task> task;

  private LabelTargets(LabelColumn column, Options options) {
    this.column = column;
    this.options = options;
    this.task = options.choice("task", Task.class);
  }

  static Targets of(LabelColumn column, Options options, Optional<DataSchema> model) {
    LabelTargets targets = new LabelTargets(column, options);
    if (column.labels().isEmpty()) {
      return new Targets.None();
    }
    return model
        .filter(DataSchema::knowsTargets)
        .map(targets::ofModel)
        .or(() -> targets.given().map(names -> targets.classes(names, "of key classes")))
        .orElseGet(targets::ofTable);
  }

  private Targets ofModel(DataSchema model) {
    Task natural = model.classNames().isEmpty() ? Task.REGRESSION : Task.CLASSIFICATION;
    if (task.orElse(natural) != natural) {
      throw new DataException(
          natural == Task.REGRESSION
              ? "%s: task=classification contradicts the model, which was trained on values"
                  .formatted(options.name())
              : "%s: task=regression contradicts the model, which tells classes apart: %s"
                  .formatted(options.name(), Listing.of(model.classNames())));
    }
    List<String> names = model.classNames();
    if (given().filter(wanted -> !wanted.equals(names)).isPresent()) {
      throw new DataException(
          "%s: key classes contradicts the model, whose classes are %s; leave it out"
              .formatted(options.name(), Listing.of(model.classNames())));
    }
    return natural == Task.REGRESSION ? values() : classes(names, "the model knows");
  }

  /** What {@code classes=} says; empty without this key. */
  private Optional<List<String>> given() {
    Optional<List<String>> names =
        options.text("classes").map(list -> List.of(list.split(",", -1)));
    boolean regression = task.filter(t -> t == Task.REGRESSION).isPresent();
    if (names.isPresent() && (regression || Set.copyOf(names.get()).size() < names.get().size())) {
      throw options.wrong("classes", "different names, and no task=regression");
    }
    return names;
  }

  private Targets ofTable() {
    boolean numeric = isNumeric(column.labels());
    TreeSet<String> distinct = new TreeSet<>(order(numeric));
    distinct.addAll(column.labels());
    boolean few = distinct.size() <= FEW && column.labels().stream().allMatch(this::isWhole);
    if (task.isEmpty() && numeric && !few) {
      throw new DataException(
          "%s: the labels, column '%s', are numbers of %d different values: are they classes or values? Say task=classification or task=regression"
              .formatted(options.name(), column.label().orElse(""), distinct.size()));
    }
    return task.filter(t -> t == Task.REGRESSION).isPresent()
        ? values()
        : classes(List.copyOf(distinct), "");
  }

  private Targets values() {
    float[] values = new float[column.labels().size()];
    for (int i = 0; i < values.length; i++) {
      String cell = column.labels().get(i);
      Optional<Float> value = column.cells().number(cell);
      if (value.isEmpty()) {
        throw new DataException(
            "%s line %d: label '%s' is not a number, as task=regression expects"
                .formatted(column.file(), column.lines().get(i), cell));
      }
      values[i] = value.get();
    }
    return new Targets.Values(Tensor.ofFloats(Shape.of(values.length, 1), values));
  }

  /**
   * Classes by the index of their name.
   *
   * @param whose who says that there are no others
   */
  private Targets classes(List<String> known, String whose) {
    boolean numeric = isNumeric(known);
    Map<String, Integer> numbers = new TreeMap<>(order(numeric));
    for (String name : known) {
      numbers.put(name, numbers.size());
    }
    int[] indices = new int[column.labels().size()];
    for (int i = 0; i < indices.length; i++) {
      String label = column.labels().get(i);
      Integer index = numeric && !isNumeric(List.of(label)) ? null : numbers.get(label);
      if (index == null) {
        throw new DataException(
            "%s line %d: label '%s' is none of the classes %s: %s; correct it, or say label=none"
                .formatted(column.file(), column.lines().get(i), label, whose, Listing.of(known)));
      }
      indices[i] = index;
    }
    return new Targets.Classes(indices, known);
  }

  private boolean isNumeric(List<String> labels) {
    return labels.stream().allMatch(cell -> column.cells().number(cell).isPresent());
  }

  /** As numbers, 1 and 1.0 are the same label. */
  private Comparator<String> order(boolean numeric) {
    return numeric
        ? Comparator.comparing(label -> new BigDecimal(column.cells().plain(label)))
        : Comparator.naturalOrder();
  }

  private boolean isWhole(String cell) {
    return column.cells().number(cell).filter(value -> value == Math.rint(value)).isPresent();
  }
}
