package dev.swage.onnx.op;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The signature of an operator Swage knows, as of one operator set version: how many inputs and
 * outputs, which attributes.
 *
 * @param domain the operator's domain; empty for ONNX's own
 * @param opType the operator, as {@code Conv}
 * @param since the first version of the domain's operator set this signature holds for
 * @param inputs how many inputs a node may list
 * @param outputs how many outputs a node may list
 * @param attributes attributes by name
 */
public record OperatorSchema(
    String domain,
    String opType,
    long since,
    Count inputs,
    Count outputs,
    Map<String, AttributeSpec> attributes) {
  /** The oldest version of ONNX's operator set that Swage runs: the first with broadcasting. */
  public static final long OLDEST_OPSET = 7;

  /** The newest version of ONNX's operator set that the table covers. */
  public static final long NEWEST_OPSET = 26;

  public OperatorSchema {
    attributes = Map.copyOf(attributes);
  }

  /** A range of counts, both ends included. */
  public record Count(int least, int most) {
    static Count parse(String text) {
      if (text.endsWith("+")) {
        return new Count(Integer.parseInt(text.substring(0, text.length() - 1)), Integer.MAX_VALUE);
      }
      int dash = text.indexOf('-');
      return dash < 0
          ? new Count(Integer.parseInt(text), Integer.parseInt(text))
          : new Count(
              Integer.parseInt(text.substring(0, dash)),
              Integer.parseInt(text.substring(dash + 1)));
    }

    boolean allows(int count) {
      return count >= least && count <= most;
    }

    @Override
    public String toString() {
      if (most == Integer.MAX_VALUE) {
        return least + " or more";
      }
      return least == most ? Integer.toString(least) : least + " to " + most;
    }
  }

  /** The kind of an attribute's value, and whether it must be given. */
  public record AttributeSpec(Class<? extends Attribute> kind, boolean required) {
    static AttributeSpec parse(String text) {
      boolean required = text.endsWith("!");
      String code = required ? text.substring(0, text.length() - 1) : text;
      return new AttributeSpec(
          switch (code) {
            case "i" -> Attribute.IntValue.class;
            case "f" -> Attribute.FloatValue.class;
            case "s" -> Attribute.StringValue.class;
            case "t" -> Attribute.TensorValue.class;
            case "g" -> Attribute.GraphValue.class;
            case "is" -> Attribute.IntsValue.class;
            case "fs" -> Attribute.FloatsValue.class;
            case "ss" -> Attribute.StringsValue.class;
            default ->
                throw new IllegalArgumentException("unknown kind of attribute '" + text + "'");
          },
          required);
    }
  }

  /** The signature in force at a version of the domain's operator set, if Swage knows one. */
  public static Optional<OperatorSchema> find(String domain, String opType, long opset) {
    return Optional.ofNullable(OperatorTable.OWN.versions(domain, opType).floorEntry(opset))
        .flatMap(line -> line.getValue().schema());
  }

  /** The first operator set version Swage knows this operator in, with a signature or without. */
  public static Optional<Long> firstVersion(String domain, String opType) {
    return OperatorTable.OWN.versions(domain, opType).keySet().stream().findFirst();
  }

  /**
   * Checks a node of this operator against the signature.
   *
   * @throws OnnxException naming the node and the first thing that does not fit
   */
  public void check(Node node) {
    checkCount(node, "inputs", inputs, node.inputs());
    checkCount(node, "outputs", outputs, node.outputs());
    node.attributes()
        .forEach((name, value) -> {
          AttributeSpec spec = attributes.get(name);
          if (spec == null) {
            throw new OnnxException(
                "%s: %s has no attribute '%s' in opset %d; it has %s"
                    .formatted(
                        node.describe(),
                        opType,
                        name,
                        since,
                        attributes.isEmpty()
                            ? "none"
                            : String.join(", ", new TreeMap<>(attributes).keySet())));
          }
          if (!(spec.kind().isInstance(value)
              || value instanceof Attribute.OpaqueValue
              || value instanceof Attribute.Reference)) {
            throw new OnnxException(
                "%s: attribute %s must be %s, got %s"
                    .formatted(
                        node.describe(),
                        name,
                        spec.kind().getSimpleName(),
                        value.getClass().getSimpleName()));
          }
        });
    attributes.forEach((name, spec) -> {
      if (spec.required() && !node.attributes().containsKey(name)) {
        throw new OnnxException(
            "%s: %s needs the attribute '%s'".formatted(node.describe(), opType, name));
      }
    });
  }

  private void checkCount(Node node, String what, Count allowed, List<String> names) {
    if (!allowed.allows(names.size())) {
      throw new OnnxException(
          "%s: %s has %s %s in opset %d, got %d"
              .formatted(node.describe(), opType, allowed, what, since, names.size()));
    }
    for (int i = 0; i < allowed.least(); i++) {
      if (names.get(i).isEmpty() && what.equals("inputs") && allowed.most() < Integer.MAX_VALUE) {
        throw new OnnxException(
            "%s: input %d of %s must not be left out".formatted(node.describe(), i, opType));
      }
    }
  }
}
