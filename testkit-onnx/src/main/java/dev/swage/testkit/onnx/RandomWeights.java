package dev.swage.testkit.onnx;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Seeded weights for architectures whose weights ConstantOfShape makes. */
public final class RandomWeights {
  private RandomWeights() {}

  /** Normal with a deviation of 0.2. */
  public static Tensor of(long seed, long... dims) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.2 * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }

  /** How many weights {@link #in} would make. */
  public static long count(OnnxModel model) {
    return shapes(model.graph()).values().stream().mapToLong(Shape::elements).sum();
  }

  /**
   * The model with normal weights of He's deviation in place of constant ones, and without a
   * Softmax at its end.
   */
  public static OnnxModel in(OnnxModel model) {
    Map<String, Shape> weights = shapes(model.graph());
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    Graph.Builder builder = model.graph().toBuilder();
    List<Node> nodes = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      Shape shape = weights.get(node.outputs().getFirst());
      if (shape == null) {
        nodes.add(node);
      } else {
        builder.initializer(node.outputs().getFirst(), random(shape, random));
      }
    }
    Node last = nodes.getLast();
    if (last.is("Softmax")) {
      // Random logits are far apart: behind a Softmax nothing would be left of a difference.
      nodes.removeLast();
      builder.outputs(
          List.of(new ValueInfo(last.input(0), Optional.of(DType.FLOAT32), Optional.empty())));
    }
    return model
        .withIrVersion(4)
        .withGraph(builder.nodes(nodes).inputs(model.graph().feeds()).build());
  }

  private static Map<String, Shape> shapes(Graph graph) {
    Map<String, Shape> weights = new HashMap<>();
    for (Node node : graph.nodes()) {
      Tensor shape = graph.initializers().get(node.input(0));
      if (node.is("ConstantOfShape") && shape != null) {
        weights.put(node.outputs().getFirst(), Shape.of(shape.toLongs()));
      }
    }
    return weights;
  }

  /** He's for what multiplies; around 1 for vectors, which may be variances. */
  private static Tensor random(Shape shape, RandomGenerator random) {
    float[] values = new float[Math.toIntExact(shape.elements())];
    double spread = shape.rank() < 2 ? 0 : Math.sqrt(2.0 / shape.inner(0));
    for (int i = 0; i < values.length; i++) {
      values[i] =
          (float) (shape.rank() < 2 ? 0.5 + random.nextDouble() : spread * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }
}
