package dev.swage.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;

/** Lays JSON out for people: what holds no further structure and is short stays on one line. */
final class JsonLayout {
  private static final int LINE = 120;

  private JsonLayout() {}

  static String render(JsonNode document) {
    StringBuilder out = new StringBuilder();
    append(document, "", out);
    return out.append('\n').toString();
  }

  private static void append(JsonNode node, String indent, StringBuilder out) {
    if (!node.isContainerNode() || node.isEmpty()) {
      out.append(node);
      return;
    }
    boolean object = node.isObject();
    out.append(object ? '{' : '[');
    String flat = isFlat(node) ? String.join(", ", parts(node, indent)) : "";
    if (!flat.isEmpty() && flat.length() <= LINE - indent.length()) {
      out.append(flat);
    } else if (isNumbers(node)) {
      out.append(flat);
    } else {
      String inner = indent + "  ";
      out.append('\n').append(inner);
      out.append(String.join(",\n" + inner, parts(node, inner)));
      out.append('\n').append(indent);
    }
    out.append(object ? '}' : ']');
  }

  private static List<String> parts(JsonNode node, String indent) {
    List<String> parts = new ArrayList<>();
    if (node.isObject()) {
      node.properties()
          .forEach(field -> {
            StringBuilder part = new StringBuilder();
            part.append(JsonNodeFactory.instance.textNode(field.getKey())).append(": ");
            append(field.getValue(), indent, part);
            parts.add(part.toString());
          });
    } else {
      node.forEach(element -> {
        StringBuilder part = new StringBuilder();
        append(element, indent, part);
        parts.add(part.toString());
      });
    }
    return parts;
  }

  private static boolean isFlat(JsonNode node) {
    return node.valueStream().noneMatch(JsonNode::isContainerNode);
  }

  private static boolean isNumbers(JsonNode node) {
    return node.isArray() && node.valueStream().allMatch(v -> v.isNumber() || v.isNull());
  }
}
