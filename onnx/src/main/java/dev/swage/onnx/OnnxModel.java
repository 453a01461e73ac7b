package dev.swage.onnx;

import dev.swage.onnx.wire.ModelProto;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An ONNX model: a graph, the operator sets it is written in, and metadata. Immutable. */
public final class OnnxModel {
  /**
   * The operator set of newly built models: the first with 4-bit types and blocked quantization.
   */
  public static final long DEFAULT_OPSET = 21;

  /** The IR version that goes with {@link #DEFAULT_OPSET}. */
  public static final long DEFAULT_IR = 10;

  private final long irVersion;
  private final Map<String, Long> opsets;
  private final String producer;
  private final String producerVersion;
  private final Graph graph;
  private final Map<Function.Key, Function> functions;
  private final Map<String, String> metadata;
  private final ModelProto carried;

  OnnxModel(
      long irVersion,
      Map<String, Long> opsets,
      String producer,
      String producerVersion,
      Graph graph,
      List<Function> functions,
      Map<String, String> metadata,
      ModelProto carried) {
    this.irVersion = irVersion;
    this.opsets = Collections.unmodifiableMap(new TreeMap<>(opsets));
    this.producer = producer;
    this.producerVersion = producerVersion;
    this.graph = graph;
    this.functions = Collections.unmodifiableMap(byKey(functions));
    this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    this.carried = carried;
  }

  private static Map<Function.Key, Function> byKey(List<Function> functions) {
    Map<Function.Key, Function> byKey = new LinkedHashMap<>();
    for (Function function : functions) {
      if (byKey.put(function.key(), function) != null) {
        throw new OnnxException("two functions are called '%s'".formatted(function.key()));
      }
    }
    return byKey;
  }

  /** A new model by Swage over a graph written in {@link #DEFAULT_OPSET}. */
  public static OnnxModel of(Graph graph) {
    return new OnnxModel(
        DEFAULT_IR,
        Map.of("", DEFAULT_OPSET),
        "swage",
        "",
        graph,
        List.of(),
        Map.of(),
        ModelProto.getDefaultInstance());
  }

  public long irVersion() {
    return irVersion;
  }

  /** Operator set versions by domain; ONNX's own domain is the empty string. */
  public Map<String, Long> opsets() {
    return opsets;
  }

  /** Version of ONNX's own operator set; 0 when the model does not import it. */
  public long opset() {
    return opsets.getOrDefault("", 0L);
  }

  public String producer() {
    return producer;
  }

  public String producerVersion() {
    return producerVersion;
  }

  public Graph graph() {
    return graph;
  }

  /** The model's own operators, in file order. */
  public List<Function> functions() {
    return List.copyOf(functions.values());
  }

  /** The function of this model that a node calls, wherever the node is; empty for operators. */
  public Optional<Function> function(Node node) {
    return functions.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(functions.get(Function.Key.of(node)));
  }

  public Map<String, String> metadata() {
    return metadata;
  }

  /** Wire fields Swage does not interpret, written back as they were read. */
  ModelProto carried() {
    return carried;
  }

  public OnnxModel withGraph(Graph newGraph) {
    return copy(irVersion, opsets, newGraph, functions(), metadata);
  }

  /**
   * The same graph with these functions and no others.
   *
   * @throws OnnxException if two have the same domain, name and overload
   */
  public OnnxModel withFunctions(List<Function> newFunctions) {
    return copy(irVersion, opsets, graph, newFunctions, metadata);
  }

  /** The same graph declared in another operator set; nodes are not converted. */
  public OnnxModel withOpset(String domain, long version) {
    Map<String, Long> changed = new TreeMap<>(opsets);
    changed.put(domain, version);
    return withOpsets(changed);
  }

  /** The same graph declared in these operator sets and no others; nodes are not converted. */
  public OnnxModel withOpsets(Map<String, Long> newOpsets) {
    return copy(irVersion, newOpsets, graph, functions(), metadata);
  }

  public OnnxModel withIrVersion(long version) {
    return copy(version, opsets, graph, functions(), metadata);
  }

  public OnnxModel withMetadata(String key, String value) {
    Map<String, String> changed = new LinkedHashMap<>(metadata);
    changed.put(key, value);
    return copy(irVersion, opsets, graph, functions(), changed);
  }

  public OnnxModel withoutMetadata(String... keys) {
    Map<String, String> changed = new LinkedHashMap<>(metadata);
    List.of(keys).forEach(changed::remove);
    return copy(irVersion, opsets, graph, functions(), changed);
  }

  private OnnxModel copy(
      long newIrVersion,
      Map<String, Long> newOpsets,
      Graph newGraph,
      List<Function> newFunctions,
      Map<String, String> newMetadata) {
    return new OnnxModel(
        newIrVersion,
        newOpsets,
        producer,
        producerVersion,
        newGraph,
        newFunctions,
        newMetadata,
        carried);
  }
}
