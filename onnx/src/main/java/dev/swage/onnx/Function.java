package dev.swage.onnx;

import dev.swage.onnx.wire.FunctionProto;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An operator that a model brings along, written in other operators. A node calls it by its domain,
 * name and overload. Immutable.
 *
 * <p>Inputs and outputs have names and no types: a function may be called with values of several
 * types and shapes. A call may leave out inputs; then nodes that read them have that input left
 * out.
 */
public final class Function {
  private final Key key;
  private final Map<String, Long> opsets;
  private final List<String> attributes;
  private final Map<String, Attribute> defaults;
  private final Graph body;
  private final FunctionProto carried;

  /** What a function is called by; no two of a model have the same. */
  public record Key(String domain, String name, String overload) {
    /** The function that a node calls, if there is one. */
    public static Key of(Node node) {
      return new Key(node.domain(), node.opType(), node.overload());
    }

    /** {@code domain::name}, with {@code :overload} if there is one. */
    @Override
    public String toString() {
      String full = domain.isEmpty() ? name : domain + "::" + name;
      return overload.isEmpty() ? full : full + ":" + overload;
    }
  }

  private Function(
      Key key,
      Map<String, Long> opsets,
      List<String> attributes,
      Map<String, Attribute> defaults,
      Graph body,
      FunctionProto carried) {
    this.key = key;
    this.opsets = Collections.unmodifiableMap(new TreeMap<>(opsets));
    this.attributes = List.copyOf(attributes);
    this.defaults = Collections.unmodifiableMap(new LinkedHashMap<>(defaults));
    this.body = body;
    this.carried = carried;
  }

  /**
   * A function without attributes.
   *
   * @param opsets the operator sets its nodes are written in, by domain
   * @param body nodes, inputs, outputs, and descriptions of values; types of inputs and outputs are
   *     not kept in files
   * @throws OnnxException if the body has initializers: constants of a function are Constant nodes
   */
  public static Function of(Key key, Map<String, Long> opsets, Graph body) {
    if (!body.initializers().isEmpty() || !body.opaqueInitializers().isEmpty()) {
      throw new OnnxException(
          "function '%s': has initializers; constants of a function are Constant nodes"
              .formatted(key));
    }
    return new Function(key, opsets, List.of(), Map.of(), body, FunctionProto.getDefaultInstance());
  }

  public Key key() {
    return key;
  }

  /** Operator set versions by domain; ONNX's own domain is the empty string. */
  public Map<String, Long> opsets() {
    return opsets;
  }

  /** Names of the attributes that have no default: a call gives them or they are left out. */
  public List<String> attributes() {
    return attributes;
  }

  /** The attributes that have a default. */
  public Map<String, Attribute> defaults() {
    return defaults;
  }

  public List<String> inputs() {
    return body.inputs().stream().map(ValueInfo::name).toList();
  }

  public List<String> outputs() {
    return body.outputs().stream().map(ValueInfo::name).toList();
  }

  public List<Node> nodes() {
    return body.nodes();
  }

  /** Types of values inside, as far as the file gives them. */
  public List<ValueInfo> valueInfos() {
    return body.valueInfos();
  }

  /** Inputs, nodes and outputs as a graph; it has no initializers. */
  public Graph body() {
    return body;
  }

  /** Wire fields Swage does not interpret, written back as they were read. */
  FunctionProto carried() {
    return carried;
  }

  Function carried(FunctionProto wire) {
    return new Function(key, opsets, attributes, defaults, body, wire);
  }

  /**
   * This function with attributes; those of its nodes refer to them by {@link Attribute.Reference}.
   */
  public Function withAttributes(List<String> required, Map<String, Attribute> withDefault) {
    return new Function(key, opsets, required, withDefault, body, carried);
  }

  /** The function in an error message. */
  public String describe() {
    return "function '%s'".formatted(key);
  }
}
