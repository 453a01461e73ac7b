package dev.swage.cli.recipe;

import dev.swage.data.yaml.YamlValue;
import dev.swage.onnx.layer.Recurrent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** Reads the settings of recurrent layers: the hidden size, or a map of them. */
final class RecurrentReader {
  private static final List<String> KEYS =
      List.of("hidden", "bidirectional", "output", "init", "recurrent-init");

  private static final Map<String, IntFunction<Recurrent>> ACTIVATIONS =
      new TreeMap<>(Map.of("tanh", Recurrent::rnn, "relu", Recurrent::reluRnn));

  private static final Map<String, Boolean> LAST =
      new TreeMap<>(Map.of("sequence", false, "last", true));

  private RecurrentReader() {}

  static Recurrent rnn(YamlValue value) {
    if (!value.isMap()) {
      return Recurrent.rnn(hidden(value));
    }
    YamlValue.Entries entries = entries(value, "activation");
    IntFunction<Recurrent> kind =
        entries.get("activation", Recurrent::rnn, a -> a.choice(ACTIVATIONS));
    return configured(kind, entries);
  }

  static Recurrent gru(YamlValue value) {
    return value.isMap()
        ? configured(Recurrent::gru, entries(value))
        : Recurrent.gru(hidden(value));
  }

  static Recurrent lstm(YamlValue value) {
    if (!value.isMap()) {
      return Recurrent.lstm(hidden(value));
    }
    YamlValue.Entries entries = entries(value, "forget-bias");
    Recurrent layer = configured(Recurrent::lstm, entries);
    return layer.forgetBias(entries.get("forget-bias", layer.forgetBias(), YamlValue::number));
  }

  private static YamlValue.Entries entries(YamlValue value, String... more) {
    List<String> keys = new ArrayList<>(KEYS);
    keys.addAll(List.of(more));
    return value.entries(keys);
  }

  private static int hidden(YamlValue value) {
    return value.integer(1, Integer.MAX_VALUE);
  }

  private static Recurrent configured(IntFunction<Recurrent> kind, YamlValue.Entries entries) {
    Recurrent layer = kind.apply(hidden(entries.require("hidden")));
    if (entries.get("bidirectional", false, YamlValue::bool)) {
      layer = layer.inBothDirections();
    }
    if (entries.get("output", false, o -> o.choice(LAST))) {
      layer = layer.last();
    }
    if (entries.has("init")) {
      layer = layer.init(InitReader.read(entries.require("init")));
    }
    return entries.has("recurrent-init")
        ? layer.recurrentInit(InitReader.read(entries.require("recurrent-init")))
        : layer;
  }
}
