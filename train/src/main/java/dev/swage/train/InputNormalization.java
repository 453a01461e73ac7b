package dev.swage.train;

import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.data.FeatureStatistics;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a part of a model what the training data says is to be done to its columns: nodes in front
 * of the network that replace missing values (IsNaN, Where), take off the means (Sub) and divide by
 * the deviations (Div). The numbers are constants that training does not change. So a model that is
 * trained reads rows as they are in the file, and so does the model that comes out.
 */
final class InputNormalization {
  /** The first operator set with IsNaN and Where. */
  private static final long LEAST_OPSET = 9;

  private InputNormalization() {}

  /**
   * The model to train on this data.
   *
   * @throws TrainingException if the model was trained on other data before, which its metadata
   *     says, and this data was not opened for it
   */
  static OnnxModel of(OnnxModel model, DataSource data) {
    DataSchema known = DataSchema.of(model);
    if (!known.equals(DataSchema.NONE)) {
      requireSame(known, data);
      return model;
    }
    Optional<FeatureStatistics> statistics = data.schema().statistics();
    if (statistics.isPresent() && model.opset() < LEAST_OPSET) {
      throw new TrainingException(
          "%s: its statistics become nodes of the model, for which that needs operator set %d, not %d; raise it"
              .formatted(data.name(), LEAST_OPSET, model.opset()));
    }
    return statistics.isPresent() ? model.withGraph(normalized(model, statistics.get())) : model;
  }

  /**
   * Refuses data that calls classes or columns otherwise.
   *
   * @throws TrainingException naming what differs
   */
  static void requireSame(DataSchema known, DataSource data) {
    known
        .conflict(data.schema())
        .ifPresent(conflict -> {
          throw new TrainingException("%s: %s".formatted(data.name(), conflict));
        });
  }

  private static Graph normalized(OnnxModel model, FeatureStatistics statistics) {
    Graph graph = model.graph();
    String input = CarriedStates.of(model).dataFeeds(graph).getFirst().name();
    Front front = new Front(input, FreshNames.of(graph));
    String means = front.constant("mean", statistics.means());
    if (statistics.fillsMissing()) {
      String raw = front.value;
      String missing = front.add("IsNaN", "missing", raw);
      front.add("Where", "filled", missing, means, raw);
    }
    if (statistics.standardizes()) {
      String deviations = front.constant("std", statistics.deviations());
      front.add("Sub", "centred", front.value, means);
      front.add("Div", "standardized", front.value, deviations);
    }
    List<Node> nodes = new ArrayList<>(front.nodes);
    nodes.addAll(graph.replaceUses(input, front.value).nodes());
    return graph.toBuilder().nodes(nodes).build();
  }

  private static Tensor row(List<Float> values) {
    float[] row = new float[values.size()];
    for (int i = 0; i < row.length; i++) {
      row[i] = values.get(i);
    }
    return Tensor.ofFloats(Shape.of(row.length), row);
  }

  /** The nodes before the network, each reading what the ones before it gave. */
  private static final class Front {
    private final String input;
    private final FreshNames names;
    private final List<Node> nodes = new ArrayList<>();
    private String value;

    Front(String input, FreshNames names) {
      this.input = input;
      this.names = names;
      this.value = input;
    }

    /** The value of a Constant node, which no training and no quantization of weights touches. */
    String constant(String result, List<Float> values) {
      String constant = names.next(input + "." + result);
      nodes.add(
          Node.of(names.next(input + "/" + result), "Constant", List.of(), constant)
              .with("value", new Attribute.TensorValue(row(values))));
      return constant;
    }

    String add(String operator, String result, String... operands) {
      value = names.next(input + "." + result);
      nodes.add(Node.of(names.next(input + "/" + operator), operator, List.of(operands), value));
      return value;
    }
  }
}
