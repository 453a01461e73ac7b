package dev.swage.cli.inspect;

import dev.swage.onnx.Graph;
import dev.swage.onnx.ValueInfo;
import java.util.ArrayList;
import java.util.List;

/** What a graph reads and gives, in words. */
final class GraphLines {
  private static final int MOST = 20;

  private GraphLines() {}

  /** A line for each input and output, as {@code input ids: INT64 [batch, 16]}. */
  static List<String> of(Graph graph) {
    List<String> lines = new ArrayList<>();
    add(lines, "input", graph.feeds());
    add(lines, "output", graph.outputs());
    return lines;
  }

  private static void add(List<String> lines, String what, List<ValueInfo> values) {
    values.stream().limit(MOST).forEach(value -> lines.add(line(what, value)));
    if (values.size() > MOST) {
      lines.add("and %,d more %ss".formatted(values.size() - MOST, what));
    }
  }

  private static String line(String what, ValueInfo value) {
    return "%s %s: %s, %s"
        .formatted(
            what,
            value.name(),
            value.dtype().map(Enum::name).orElse("of no known element type"),
            value.dims().map(Object::toString).orElse("of unknown rank"));
  }
}
