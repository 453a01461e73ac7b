package dev.swage.onnx;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which inputs of a model are states that its outputs carry on: a recurrent model that is run piece
 * by piece gets the output of one run as the input of the next, and zeros in the first. Kept in the
 * metadata entry {@code swage.states} as {@code input=output} pairs separated by commas.
 *
 * @param outputs by input, in the order of the graph's inputs
 */
public record CarriedStates(Map<String, String> outputs) {
  private static final String KEY = "swage.states";

  public CarriedStates {
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
  }

  public static CarriedStates of(Map<String, String> outputs) {
    return new CarriedStates(outputs);
  }

  /**
   * What a model's metadata says; empty for a model without an entry.
   *
   * @throws OnnxException if an entry is malformed or names what the graph does not have
   */
  public static CarriedStates of(OnnxModel model) {
    return parse(model.metadata(), model.graph().inputs(), model.graph().outputs());
  }

  /** The same from a model's metadata, inputs and outputs. */
  public static CarriedStates parse(
      Map<String, String> metadata, List<ValueInfo> graphInputs, List<ValueInfo> graphOutputs) {
    Map<String, String> pairs = new LinkedHashMap<>();
    String entry = metadata.getOrDefault(KEY, "");
    if (entry.isEmpty()) {
      return new CarriedStates(pairs);
    }
    List<String> inputs = names(graphInputs);
    List<String> outputs = names(graphOutputs);
    for (String pair : entry.split(",", -1)) {
      int equals = pair.indexOf('=');
      String input = equals < 0 ? pair : pair.substring(0, equals);
      String output = pair.substring(equals + 1);
      if (equals < 1 || !inputs.contains(input) || !outputs.contains(output)) {
        throw new OnnxException(
            "metadata %s: '%s' is not input=output of this graph".formatted(KEY, pair));
      }
      pairs.put(input, output);
    }
    return new CarriedStates(pairs);
  }

  private static List<String> names(List<ValueInfo> values) {
    return values.stream().map(ValueInfo::name).toList();
  }

  /** The model with this entry; unchanged without states. */
  public OnnxModel applyTo(OnnxModel model) {
    return outputs.isEmpty()
        ? model
        : model.withMetadata(
            KEY,
            outputs.entrySet().stream()
                .map(pair -> pair.getKey() + "=" + pair.getValue())
                .collect(Collectors.joining(",")));
  }

  public boolean isEmpty() {
    return outputs.isEmpty();
  }

  public boolean isState(String input) {
    return outputs.containsKey(input);
  }

  /** The inputs a caller feeds with data: those that are no states. */
  public List<ValueInfo> dataFeeds(Graph graph) {
    return graph.feeds().stream().filter(feed -> !isState(feed.name())).toList();
  }
}
