package dev.swage.train;

import dev.swage.data.Categories;
import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.data.FeatureStatistics;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Makes a part of a model what the training data says is to be done to its columns: nodes in front
 * of the network that replace missing values (IsNaN, Where), take off the means (Sub), divide by
 * the deviations (Div), and make ones and zeros of categories (Gather, Cast, Concat). The numbers
 * are constants that training does not change. So a model that is trained reads rows as they are in
 * the file, and so does the model that comes out.
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
    DataSchema schema = data.schema();
    boolean oneHot = schema.categories().filter(Categories::oneHot).isPresent();
    if (schema.statistics().isEmpty() && schema.channels().isEmpty() && !oneHot) {
      return model;
    }
    if (model.opset() < LEAST_OPSET) {
      throw new TrainingException(
          "%s: its %s become nodes of the model, for which that needs operator set %d, not %d; raise it"
              .formatted(
                  data.name(), oneHot ? "categories" : "statistics", LEAST_OPSET, model.opset()));
    }
    return model.withGraph(normalized(model, schema, data.inputShapes().getFirst().rank()));
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

  private static Graph normalized(OnnxModel model, DataSchema schema, int rank) {
    Graph graph = model.graph();
    String input = CarriedStates.of(model).dataFeeds(graph).getFirst().name();
    InputFront front = new InputFront(input, FreshNames.of(graph));
    schema.statistics().ifPresent(statistics -> normalize(front, statistics));
    schema.channels().ifPresent(channels -> standardize(front, channels, rank));
    if (schema.categories().isPresent()) {
      front.pieces(schema.features(), schema.categories().get());
    }
    List<Node> nodes = new ArrayList<>(front.nodes());
    nodes.addAll(graph.replaceUses(input, front.value()).nodes());
    List<ValueInfo> inputs =
        graph.inputs().stream()
            .map(each -> each.name().equals(input) ? taking(each, schema) : each)
            .toList();
    return graph.toBuilder().nodes(nodes).inputs(inputs).build();
  }

  /** The input with as many numbers as the table has columns. */
  private static ValueInfo taking(ValueInfo input, DataSchema schema) {
    List<Dim> dims = new ArrayList<>(input.dims().orElse(List.of()));
    if (dims.size() == 2 && schema.categories().isPresent()) {
      dims.set(1, new Dim.Fixed(schema.features().size()));
      return new ValueInfo(input.name(), input.dtype(), Optional.of(dims));
    }
    return input;
  }

  private static void normalize(InputFront front, FeatureStatistics statistics) {
    String means = front.constant("mean", row(statistics.means()));
    if (statistics.fillsMissing()) {
      front.fill(means);
    }
    if (statistics.standardizes()) {
      front.standardize(means, front.constant("std", row(statistics.deviations())));
    }
  }

  /** Channels are the axis behind the batch. */
  private static void standardize(InputFront front, FeatureStatistics channels, int rank) {
    long[] dims = new long[rank];
    Arrays.fill(dims, 1);
    dims[0] = channels.means().size();
    String means = front.constant("mean", row(channels.means()).reshaped(Shape.of(dims)));
    front.standardize(
        means, front.constant("std", row(channels.deviations()).reshaped(Shape.of(dims))));
  }

  private static Tensor row(List<Float> values) {
    float[] row = new float[values.size()];
    for (int i = 0; i < row.length; i++) {
      row[i] = values.get(i);
    }
    return Tensor.ofFloats(Shape.of(row.length), row);
  }
}
