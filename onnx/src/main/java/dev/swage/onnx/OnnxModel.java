package dev.swage.onnx;

import dev.swage.onnx.wire.ModelProto;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
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
  private final Map<String, String> metadata;
  private final ModelProto carried;

  OnnxModel(
      long irVersion,
      Map<String, Long> opsets,
      String producer,
      String producerVersion,
      Graph graph,
      Map<String, String> metadata,
      ModelProto carried) {
    this.irVersion = irVersion;
    this.opsets = Collections.unmodifiableMap(new TreeMap<>(opsets));
    this.producer = producer;
    this.producerVersion = producerVersion;
    this.graph = graph;
    this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    this.carried = carried;
  }

  /** A new model by Swage over a graph written in {@link #DEFAULT_OPSET}. */
  public static OnnxModel of(Graph graph) {
    return new OnnxModel(
        DEFAULT_IR,
        Map.of("", DEFAULT_OPSET),
        "swage",
        "",
        graph,
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

  public Map<String, String> metadata() {
    return metadata;
  }

  /** Wire fields Swage does not interpret, written back as they were read. */
  ModelProto carried() {
    return carried;
  }

  public OnnxModel withGraph(Graph newGraph) {
    return new OnnxModel(irVersion, opsets, producer, producerVersion, newGraph, metadata, carried);
  }

  /** The same graph declared in another operator set; nodes are not converted. */
  public OnnxModel withOpset(String domain, long version) {
    Map<String, Long> copy = new TreeMap<>(opsets);
    copy.put(domain, version);
    return new OnnxModel(irVersion, copy, producer, producerVersion, graph, metadata, carried);
  }

  public OnnxModel withIrVersion(long version) {
    return new OnnxModel(version, opsets, producer, producerVersion, graph, metadata, carried);
  }

  public OnnxModel withMetadata(String key, String value) {
    Map<String, String> copy = new LinkedHashMap<>(metadata);
    copy.put(key, value);
    return new OnnxModel(irVersion, opsets, producer, producerVersion, graph, copy, carried);
  }
}
