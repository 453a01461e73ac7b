package dev.swage.train;

import dev.swage.data.Categories;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Node;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The nodes before a network, each reading what the ones before it gave. */
final class InputFront {
  private static final long INT64 = 7;

  private final String input;
  private final FreshNames names;
  private final List<Node> nodes = new ArrayList<>();
  private String value;

  /** The columns as they are in the file, but for missing values: categories are read there. */
  private String whole;

  InputFront(String input, FreshNames names) {
    this.input = input;
    this.names = names;
    this.value = input;
    this.whole = input;
  }

  List<Node> nodes() {
    return nodes;
  }

  /** What the network reads. */
  String value() {
    return value;
  }

  /** The value of a Constant node, which no training and no quantization of weights touches. */
  String constant(String result, Tensor tensor) {
    String constant = names.next(input + "." + result);
    nodes.add(
        Node.of(names.next(input + "/" + result), "Constant", List.of(), constant)
            .with("value", new Attribute.TensorValue(tensor)));
    return constant;
  }

  void fill(String means) {
    String missing = add(node("IsNaN", "missing", value));
    value = add(node("Where", "filled", missing, means, value));
    whole = value;
  }

  void standardize(String means, String deviations) {
    value = add(node("Sub", "centred", value, means));
    value = add(node("Div", "standardized", value, deviations));
  }

  /**
   * Columns of numbers as they are now, and between them those of categories: one-hot, or the
   * numbers of the names. Nothing is done where the columns are that already.
   */
  void pieces(List<String> columns, Categories categories) {
    if (!categories.oneHot() && whole.equals(value)) {
      return;
    }
    List<String> pieces = new ArrayList<>();
    for (int from = 0; from < columns.size(); ) {
      int count = categories.of(columns.get(from)).size();
      int to = from + 1;
      while (count == 0 && to < columns.size() && categories.of(columns.get(to)).isEmpty()) {
        to++;
      }
      String piece = columns(count == 0 ? value : whole, from, to);
      pieces.add(count == 0 || !categories.oneHot() ? piece : oneHot(piece, count));
      from = to;
    }
    value =
        pieces.size() == 1
            ? pieces.getFirst()
            : add(
                node("Concat", "columns", pieces.toArray(String[]::new))
                    .with("axis", new Attribute.IntValue(1)));
  }

  private String columns(String from, int first, int end) {
    long[] indices = new long[end - first];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = (long) first + i;
    }
    String chosen = constant("index", Tensor.ofLongs(Shape.of(indices.length), indices));
    return add(node("Gather", "part", from, chosen).with("axis", new Attribute.IntValue(1)));
  }

  /** Row k of a table has its one in place k; the row behind all names has none. */
  private String oneHot(String numbers, int count) {
    float[] rows = new float[(count + 1) * count];
    for (int i = 0; i < count; i++) {
      rows[i * count + i] = 1;
    }
    String table = constant("ones", Tensor.ofFloats(Shape.of(count + 1, count), rows));
    String index = add(node("Cast", "number", numbers).with("to", new Attribute.IntValue(INT64)));
    String picked = add(node("Gather", "picked", table, index));
    return add(node("Flatten", "onehot", picked).with("axis", new Attribute.IntValue(1)));
  }

  private Node node(String operator, String result, String... operands) {
    return Node.of(
        names.next(input + "/" + operator),
        operator,
        List.of(operands),
        names.next(input + "." + result));
  }

  private String add(Node node) {
    nodes.add(node);
    return node.outputs().getFirst();
  }
}
