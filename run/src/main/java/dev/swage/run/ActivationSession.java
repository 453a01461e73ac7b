package dev.swage.run;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model with values inside its graph exposed, run for what it computes on the way. Only the
 * values asked for are given out, one at a time.
 *
 * <p>The session may be shared by threads; each takes a {@link #runner} of its own.
 */
public final class ActivationSession implements AutoCloseable {
  private static final String SHAPE_OF = "swage.shape.";

  private final ModelSession session;
  private final OutputCopy copier = new OutputCopy();
  private final List<String> values;

  private ActivationSession(ModelSession session, List<String> values) {
    this.session = session;
    this.values = values;
  }

  /**
   * Opens a model with values exposed.
   *
   * @param name what to call the model in errors
   * @param values that nodes of the main graph or its outputs give, or its inputs; each once
   * @throws RunException if ONNX Runtime cannot load it
   */
  public static ActivationSession open(
      String name, OnnxModel model, List<String> values, SessionOptions options) {
    Graph graph = model.graph();
    Set<String> given = new HashSet<>();
    graph.outputs().forEach(output -> given.add(output.name()));
    graph.inputs().forEach(input -> given.add(input.name()));
    Graph.Builder exposing = graph.toBuilder();
    for (String value : values) {
      if (given.add(value)) {
        exposing.output(new ValueInfo(value, Optional.empty(), Optional.empty()));
      }
    }
    OnnxModel exposed = model.withGraph(exposing.build());
    return new ActivationSession(ModelSession.open(name, exposed, options), List.copyOf(values));
  }

  /**
   * The shapes values have for a batch, without holding more of them than the model itself does: it
   * is run with operators that read off the shapes.
   *
   * @param values as for {@link #open}; tensors
   * @param inputs of the batch, as from {@link #complete}
   * @return a shape for each value, in their order
   */
  public static List<Shape> shapes(
      String name,
      OnnxModel model,
      List<String> values,
      List<Tensor> inputs,
      SessionOptions options) {
    Graph graph = model.graph();
    List<Node> nodes = new ArrayList<>(graph.nodes());
    List<ValueInfo> outputs = new ArrayList<>(graph.outputs());
    for (int i = 0; i < values.size(); i++) {
      nodes.add(Node.of(SHAPE_OF + i, "Shape", List.of(values.get(i)), SHAPE_OF + i));
      outputs.add(new ValueInfo(SHAPE_OF + i, Optional.empty(), Optional.empty()));
    }
    Graph reading = graph.toBuilder().nodes(nodes).outputs(outputs).build();
    try (ModelSession session = ModelSession.open(name, model.withGraph(reading), options)) {
      List<Tensor> all = session.run(inputs);
      return all.subList(all.size() - values.size(), all.size()).stream()
          .map(dims -> shape(name, dims))
          .toList();
    }
  }

  private static Shape shape(String name, Tensor dims) {
    return Shape.ifValid(dims.toLongs())
        .orElseThrow(() ->
            new RunException(
                "%s: a value has the shape %s, of which there can be none"
                    .formatted(name, Arrays.toString(dims.toLongs()))));
  }

  /** The session behind it: names, inputs. */
  public ModelSession session() {
    return session;
  }

  /** The exposed values, in the order runners give them. */
  public List<String> values() {
    return values;
  }

  /**
   * What ONNX Runtime says of an exposed value: its element type above all. Of sequences, maps and
   * optionals it says none.
   */
  public ValueInfo describe(String value) {
    Map<String, ValueInfo> known = new HashMap<>();
    session
        .unreadable()
        .forEach(name -> known.put(name, new ValueInfo(name, Optional.empty(), Optional.empty())));
    session.described().forEach(info -> known.put(info.name(), info));
    session.inputs().forEach(info -> known.put(info.name(), info));
    ValueInfo info = known.get(value);
    if (info == null) {
      throw new IllegalArgumentException(session.name() + " does not expose '" + value + "'");
    }
    return info;
  }

  /** A batch's inputs of the data with zeros for the states the model carries. */
  public List<Tensor> complete(DataSource data, List<Tensor> inputs) {
    return new StateFeed(session, data).complete(inputs);
  }

  /**
   * A runner for one thread; its buffers live until it is closed. Where the data are streams, it
   * carries the model's states from run to run.
   */
  public ActivationRunner runner(DataSource data) {
    return new ActivationRunner(
        session, copier, values, new StateFeed(session, data), data.largestBatch() > 1);
  }

  @Override
  public void close() {
    copier.close();
    session.close();
  }
}
