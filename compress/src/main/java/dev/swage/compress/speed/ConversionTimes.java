package dev.swage.compress.speed;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.time.NodeProfile.TimedNode;
import dev.swage.run.time.NodeProfiler;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What changing sides costs for values of some shapes, by a model of nothing but conversions and
 * changes of layout: kernels for images keep floats in blocks of channels, and codes with the
 * channels last.
 */
final class ConversionTimes {
  private static final int WARMUP = 3;
  private static final int RUNS = 15;
  private static final String QUANTIZE = "quantize";
  private static final String DEQUANTIZE = "dequantize";
  private static final String TURN_FLOATS = "turn floats";
  private static final String TURN_CODES = "turn codes";

  private final Map<String, Double> millis = new HashMap<>();

  /** Times the conversions of these shapes. */
  static ConversionTimes of(Set<Shape> shapes) {
    ConversionTimes times = new ConversionTimes();
    List<Shape> filled = shapes.stream().filter(shape -> shape.elements() > 0).toList();
    if (!filled.isEmpty()) {
      times.measure(filled);
    }
    return times;
  }

  private void measure(List<Shape> shapes) {
    Graph.Builder graph =
        Graph.builder("conversions")
            .initializer("scale", Tensor.ofFloats(Shape.of(), 0.5f))
            .initializer(
                "zero", Tensor.of(DType.UINT8, Shape.of(), MemorySegment.ofArray(new byte[1])));
    List<Tensor> inputs = new ArrayList<>();
    for (Shape shape : shapes) {
      inputs.add(Tensor.ofFloats(shape, new float[Math.toIntExact(shape.elements())]));
      add(graph, shape);
    }
    try (NodeProfiler profiler =
        NodeProfiler.open("conversions", OnnxModel.of(graph.build()), inputs)) {
      for (int i = 0; i < WARMUP + RUNS; i++) {
        profiler.run();
      }
      for (TimedNode timed : profiler.finish(WARMUP).nodes()) {
        millis.put(timed.node().name(), timed.millis());
      }
    }
  }

  private static void add(Graph.Builder graph, Shape shape) {
    String floats = "floats" + shape;
    String codes = QUANTIZE + shape;
    graph.input(ValueInfo.of(floats, DType.FLOAT32, shape));
    add(graph, "QuantizeLinear", QUANTIZE + shape, List.of(floats, "scale", "zero"));
    add(graph, "DequantizeLinear", DEQUANTIZE + shape, List.of(codes, "scale", "zero"));
    if (isImage(shape)) {
      add(graph, "Transpose", TURN_FLOATS + shape, List.of(floats));
      add(graph, "Transpose", TURN_CODES + shape, List.of(codes));
    }
  }

  private static void add(Graph.Builder graph, String operator, String name, List<String> inputs) {
    Node node = Node.of(name, operator, inputs, name);
    graph
        .node(operator.equals("Transpose") ? node.with("perm", Attribute.ints(0, 2, 3, 1)) : node)
        .output(new ValueInfo(name, Optional.empty(), Optional.empty()));
  }

  private static boolean isImage(Shape shape) {
    return shape.rank() == 4;
  }

  private double time(String what, Shape shape) {
    return millis.getOrDefault(what + shape, 0.0);
  }

  double quantize(Shape shape) {
    return time(QUANTIZE, shape);
  }

  double dequantize(Shape shape) {
    return time(DEQUANTIZE, shape);
  }

  /** Out of the layout of one side and into that of the other; nothing where it is no image. */
  double layouts(Shape shape) {
    return isImage(shape) ? time(TURN_FLOATS, shape) + time(TURN_CODES, shape) : 0;
  }
}
