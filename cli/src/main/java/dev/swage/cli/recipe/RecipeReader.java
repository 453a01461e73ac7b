package dev.swage.cli.recipe;

import dev.swage.data.DataException;
import dev.swage.data.DataSource;
import dev.swage.data.yaml.YamlDocument;
import dev.swage.data.yaml.YamlException;
import dev.swage.data.yaml.YamlValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads recipes; {@code docs/recipes.md} describes every key. */
public final class RecipeReader {
  private static final Recipe.Checkpoints NO_CHECKPOINT_KEY =
      new Recipe.Checkpoints(1000, 2, false);

  private RecipeReader() {}

  /**
   * Reads a recipe file with {@code --set} overrides laid over it.
   *
   * @throws YamlException naming file, line and key
   */
  public static Recipe read(Path file, List<String> overrides) {
    return read(YamlDocument.read(file, "recipe"), overrides);
  }

  /** Reads one of the recipes that come with Swage. */
  public static Recipe builtIn(String name, List<String> overrides) {
    String resource = "/dev/swage/cli/recipes/" + name + ".yaml";
    try (InputStream in = RecipeReader.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new YamlException("no built-in recipe '" + name + "'");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return read(YamlDocument.of(name + ".yaml", "recipe", text), overrides);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Recipe read(YamlDocument document, List<String> overrides) {
    YamlValue.Entries root =
        document
            .root(overrides)
            .entries(
                List.of(
                    "name",
                    "title",
                    "seed",
                    "data",
                    "model",
                    "train",
                    "quantize",
                    "checkpoint",
                    "ship"));
    String name = name(root.require("name"));
    long seed = root.get("seed", 0L, YamlValue::longInteger);
    ModelReader.Read model = ModelReader.read(root.require("model"), seed);
    TrainingReader.Read training = TrainingReader.read(root.require("train"));
    Recipe.Data data = data(root.require("data"));
    requireValidation(root.require("train"), data);
    return new Recipe(
        name,
        root.get("title", name, YamlValue::text),
        seed,
        data,
        model.model(),
        model.tuning().withAverage(training.average()),
        training.training(),
        root.get("quantize").flatMap(CodesReader::readOrNone),
        root.get("checkpoint", NO_CHECKPOINT_KEY, RecipeReader::checkpoints),
        root.get("ship", Shipment.defaults(), RecipeReader::shipments),
        settings(root),
        source(document, overrides));
  }

  private static String name(YamlValue value) {
    String name = value.text();
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw value.error(
          "name must be letters, digits, '.', '_' and '-', for it names files; got '" + name + "'");
    }
    return name;
  }

  private static Recipe.Data data(YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("train", "validation", "test"));
    return new Recipe.Data(
        spec(entries.require("train")),
        entries.get("validation").map(RecipeReader::spec),
        spec(entries.require("test")));
  }

  private static void requireValidation(YamlValue training, Recipe.Data data) {
    for (String key : List.of("early-stopping", "stop")) {
      YamlValue value = training.rawEntries().get(key);
      if (value != null && data.validation().isEmpty()) {
        throw value.error(value.key() + " watches validation data; say data.validation");
      }
    }
  }

  /** What is wrong with data whatever their files hold has a line here. */
  private static String spec(YamlValue value) {
    try {
      DataSource.check(value.text());
      return value.text();
    } catch (DataException e) {
      throw value.error(String.valueOf(e.getMessage()), e);
    }
  }

  private static Recipe.Checkpoints checkpoints(YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("every", "keep", "each-epoch"));
    Recipe.Checkpoints base = NO_CHECKPOINT_KEY;
    return new Recipe.Checkpoints(
        entries.get("every", base.every(), n -> n.integer(1, Integer.MAX_VALUE)),
        entries.get("keep", base.keep(), n -> n.integer(1, Integer.MAX_VALUE)),
        entries.get("each-epoch", base.eachEpoch(), YamlValue::bool));
  }

  private static Map<String, String> settings(YamlValue.Entries root) {
    Map<String, String> settings = new LinkedHashMap<>();
    root.owner().collect(settings);
    settings.keySet().removeIf(key -> key.startsWith("checkpoint."));
    return settings;
  }

  private static List<Shipment> shipments(YamlValue value) {
    List<Shipment> shipments = value.items().stream().map(ShipmentReader::read).toList();
    Set<String> names = new TreeSet<>();
    for (Shipment shipment : shipments) {
      if (!names.add(shipment.name())) {
        throw value.error("ship lists '" + shipment.name() + "' twice");
      }
    }
    if (!names.contains("float32")) {
      throw value.error("ship needs 'float32': the other files are measured against it");
    }
    // The reference comes first whatever the order in the file.
    return shipments.stream()
        .sorted((a, b) -> Boolean.compare(a.weights().isPresent(), b.weights().isPresent()))
        .toList();
  }

  private static String source(YamlDocument document, List<String> overrides) {
    StringBuilder source = new StringBuilder(document.text());
    overrides.forEach(override -> source.append("\n# --set ").append(override));
    return source.toString();
  }
}
