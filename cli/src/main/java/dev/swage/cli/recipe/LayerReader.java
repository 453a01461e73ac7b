package dev.swage.cli.recipe;

import dev.swage.data.Suggestion;
import dev.swage.data.yaml.YamlException;
import dev.swage.data.yaml.YamlValue;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Conv;
import dev.swage.onnx.layer.Dense;
import dev.swage.onnx.layer.Network;
import dev.swage.onnx.layer.Window;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Builds the {@code model:} part of a recipe: an input shape and a list of layers. */
final class LayerReader {
  private static final int MOST_REPEATS = 1000;

  /** Of a network, with repeats in repeats. */
  private static final int MOST_LAYERS = 10_000;

  /** Layers written as a bare word. */
  private static final Map<String, Consumer<Network>> PLAIN = plain();

  /** Layers written as {@code name: value} or {@code name: {key: value, …}}. */
  private static final Map<String, BiConsumer<Network, YamlValue>> CONFIGURED = configured();

  private LayerReader() {}

  static OnnxModel read(YamlValue model, long seed) {
    YamlValue.Entries entries = model.entries(List.of("input", "init", "carry-states", "layers"));
    Network network = input(entries.require("input")).seed(seed);
    entries.get("init").ifPresent(init -> network.init(InitReader.read(init)));
    if (entries.get("carry-states", false, YamlValue::bool)) {
      network.carryStates();
    }
    addAll(network, entries.require("layers"));
    return network.build();
  }

  private static Network input(YamlValue value) {
    if (value.isMap()) {
      YamlValue tokens = value.entries(List.of("tokens")).require("tokens");
      return Network.tokens("input", tokens.integer(1, Integer.MAX_VALUE));
    }
    return Network.input(
        "input", value.integers(1).stream().mapToLong(Integer::longValue).toArray());
  }

  private static void addAll(Network network, YamlValue layers) {
    for (YamlValue layer : layers.items()) {
      add(network, layer);
    }
  }

  private static void add(Network network, YamlValue layer) {
    String name = layer.isMap() ? onlyKey(layer) : layer.text();
    try {
      if (layer.isMap() && CONFIGURED.containsKey(name)) {
        CONFIGURED.get(name).accept(network, layer.rawEntries().get(name));
      } else if (layer.isScalar() && PLAIN.containsKey(name)) {
        PLAIN.get(name).accept(network);
      } else {
        throw misspelt(layer, name);
      }
    } catch (IllegalArgumentException e) {
      throw layer.error(String.valueOf(e.getMessage()), e);
    }
  }

  private static String onlyKey(YamlValue layer) {
    Map<String, YamlValue> entries = layer.rawEntries();
    if (entries.size() != 1) {
      throw layer.error(
          "a layer is one name with its settings, as in 'dense: 10'; got the keys "
              + String.join(", ", entries.keySet()));
    }
    return entries.keySet().iterator().next();
  }

  private static YamlException misspelt(YamlValue layer, String name) {
    if (CONFIGURED.containsKey(name)) {
      return layer.error("layer '%s' needs a value, as in '%s: …'".formatted(name, name));
    }
    if (PLAIN.containsKey(name)) {
      return layer.error("layer '%s' takes no value".formatted(name));
    }
    List<String> known = new ArrayList<>(CONFIGURED.keySet());
    known.addAll(PLAIN.keySet());
    return layer.error("unknown layer '%s'; %s".formatted(name, Suggestion.forWord(name, known)));
  }

  private static Map<String, Consumer<Network>> plain() {
    Map<String, Consumer<Network>> layers = new LinkedHashMap<>();
    layers.put("batch-norm", Network::batchNorm);
    layers.put("layer-norm", Network::layerNorm);
    layers.put("global-average-pool", Network::globalAveragePool);
    layers.put("flatten", Network::flatten);
    layers.put("relu", Network::relu);
    layers.put("elu", Network::elu);
    layers.put("gelu", Network::gelu);
    layers.put("tanh", Network::tanh);
    layers.put("sigmoid", Network::sigmoid);
    layers.put("silu", Network::silu);
    layers.put("hard-swish", Network::hardSwish);
    layers.put("softplus", Network::softplus);
    layers.put("softmax", Network::softmax);
    layers.put("log-softmax", Network::logSoftmax);
    return layers;
  }

  private static Map<String, BiConsumer<Network, YamlValue>> configured() {
    Map<String, BiConsumer<Network, YamlValue>> layers = new LinkedHashMap<>();
    layers.put("dense", (network, value) -> network.dense(dense(value)));
    layers.put("conv1d", (network, value) -> network.conv1d(conv(value)));
    layers.put("conv2d", (network, value) -> network.conv2d(conv(value)));
    layers.put("max-pool1d", (network, value) -> network.maxPool1d(pool(value)));
    layers.put("max-pool2d", (network, value) -> network.maxPool2d(pool(value)));
    layers.put("average-pool1d", (network, value) -> network.averagePool1d(pool(value)));
    layers.put("average-pool2d", (network, value) -> network.averagePool2d(pool(value)));
    layers.put("dropout", (network, value) -> network.dropout(value.number()));
    layers.put("leaky-relu", (network, value) -> network.leakyRelu((float) value.number()));
    layers.put(
        "reshape",
        (network, value) ->
            network.reshape(value.integers(1).stream().mapToLong(Integer::longValue).toArray()));
    layers.put("transpose", (network, value) -> network.transpose(ints(value.integers(0))));
    layers.put("embedding", LayerReader::embedding);
    layers.put("rnn", (network, value) -> network.recurrent(RecurrentReader.rnn(value)));
    layers.put("lstm", (network, value) -> network.recurrent(RecurrentReader.lstm(value)));
    layers.put("gru", (network, value) -> network.recurrent(RecurrentReader.gru(value)));
    layers.put("residual", LayerReader::residual);
    layers.put("repeat", LayerReader::repeat);
    return layers;
  }

  private static Dense dense(YamlValue value) {
    if (!value.isMap()) {
      return Dense.of(value.integer(1, Integer.MAX_VALUE));
    }
    YamlValue.Entries entries = value.entries(List.of("units", "bias", "init"));
    Dense dense = Dense.of(entries.require("units").integer(1, Integer.MAX_VALUE));
    if (!entries.get("bias", true, YamlValue::bool)) {
      dense = dense.withoutBias();
    }
    return entries.has("init") ? dense.init(InitReader.read(entries.require("init"))) : dense;
  }

  private static Conv conv(YamlValue value) {
    YamlValue.Entries entries =
        value.entries(
            List.of(
                "filters", "kernel", "stride", "padding", "dilation", "groups", "bias", "init"));
    Conv conv =
        Conv.of(
            entries.require("filters").integer(1, Integer.MAX_VALUE),
            ints(entries.require("kernel").integers(1)));
    if (entries.has("stride")) {
      conv = conv.stride(ints(entries.require("stride").integers(1)));
    }
    if (entries.has("dilation")) {
      conv = conv.dilation(ints(entries.require("dilation").integers(1)));
    }
    if (entries.has("padding")) {
      YamlValue padding = entries.require("padding");
      conv = isSame(padding) ? conv.same() : conv.padding(ints(padding.integers(0)));
    }
    if (entries.has("groups")) {
      conv = conv.groups(entries.require("groups").integer(1, Integer.MAX_VALUE));
    }
    if (!entries.get("bias", true, YamlValue::bool)) {
      conv = conv.withoutBias();
    }
    return entries.has("init") ? conv.init(InitReader.read(entries.require("init"))) : conv;
  }

  private static Window pool(YamlValue value) {
    if (!value.isMap()) {
      int[] kernel = ints(value.integers(1));
      return Window.of(kernel).stride(kernel);
    }
    YamlValue.Entries entries = value.entries(List.of("kernel", "stride", "padding"));
    int[] kernel = ints(entries.require("kernel").integers(1));
    Window window = Window.of(kernel).stride(kernel);
    if (entries.has("stride")) {
      window = window.stride(ints(entries.require("stride").integers(1)));
    }
    if (entries.has("padding")) {
      YamlValue padding = entries.require("padding");
      window = isSame(padding) ? window.same() : window.padding(ints(padding.integers(0)));
    }
    return window;
  }

  private static boolean isSame(YamlValue padding) {
    return padding.isScalar() && padding.text().equals("same");
  }

  private static void embedding(Network network, YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("vocabulary", "width"));
    network.embedding(
        entries.require("vocabulary").integer(1, Integer.MAX_VALUE),
        entries.require("width").integer(1, Integer.MAX_VALUE));
  }

  private static void residual(Network network, YamlValue value) {
    if (!value.isMap()) {
      network.residual(body -> addAll(body, value));
      return;
    }
    YamlValue.Entries entries = value.entries(List.of("body", "shortcut"));
    network.residual(
        body -> addAll(body, entries.require("body")),
        shortcut -> addAll(shortcut, entries.require("shortcut")));
  }

  private static void repeat(Network network, YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("times", "layers"));
    int times = entries.require("times").integer(1, MOST_REPEATS);
    YamlValue layers = entries.require("layers");
    if (times * count(layers) > MOST_LAYERS) {
      throw value.error("repeats make more than %d layers".formatted(MOST_LAYERS));
    }
    for (int i = 0; i < times; i++) {
      addAll(network, layers);
    }
  }

  /** Layers of a list, as often as they are repeated in it. */
  private static double count(YamlValue layers) {
    double count = 0;
    for (YamlValue layer : layers.items()) {
      YamlValue inner = layer.isMap() ? layer.rawEntries().get("repeat") : null;
      if (inner == null || !inner.isMap()) {
        count++;
        continue;
      }
      YamlValue.Entries entries = inner.entries(List.of("times", "layers"));
      int times = entries.require("times").integer(1, MOST_REPEATS);
      count += times * count(entries.require("layers"));
    }
    return count;
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
