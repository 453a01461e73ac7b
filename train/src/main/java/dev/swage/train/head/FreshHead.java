package dev.swage.train.head;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** A linear layer with fresh weights. */
record FreshHead(FreshNames names, int outputs, long seed) {
  /** As many numbers as an array holds. */
  private static final long MOST = Integer.MAX_VALUE - 8;

  /** The nodes of the layer, whose weights the builder gets. */
  List<Node> layer(Graph.Builder builder, String features, long inputs, String result) {
    String weight = names.next(Head.WEIGHT);
    String bias = names.next(Head.BIAS);
    builder.initializer(weight, weights(inputs));
    builder.initializer(bias, Tensor.ofFloats(Shape.of(outputs), new float[outputs]));
    String product = names.next("head.product");
    return List.of(
        Node.of(names.next("head/MatMul"), "MatMul", List.of(features, weight), product),
        Node.of(names.next("head/Add"), "Add", List.of(product, bias), result));
  }

  private Tensor weights(long inputs) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    if (inputs > MOST / outputs) {
      throw new OnnxException(
          "a head of %d outputs on %d values has more weights than an array can hold; at most %d outputs fit"
              .formatted(outputs, inputs, MOST / inputs));
    }
    float[] values = new float[Math.toIntExact(inputs * outputs)];
    float bound = (float) (1 / Math.sqrt((double) inputs));
    for (int i = 0; i < values.length; i++) {
      values[i] = bound * (2 * random.nextFloat() - 1);
    }
    return Tensor.ofFloats(Shape.of(inputs, outputs), values);
  }

  static Attribute axes(long... axes) {
    return new Attribute.IntsValue(java.util.Arrays.stream(axes).boxed().toList());
  }
}
