package dev.swage.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A {@link DataSchema} as entries of a model's metadata; lists are JSON arrays. */
final class SchemaMetadata {
  private static final String CLASSES = "swage.classes";
  private static final String FEATURES = "swage.features";
  private static final String LABEL = "swage.label";
  private static final String MEAN = "swage.features.mean";
  private static final String STD = "swage.features.std";
  private static final String MISSING = "swage.missing";
  private static final String FILLED = "mean";
  private static final String UNIT = "swage.text.unit";
  private static final String VOCABULARY = "swage.vocabulary";
  private static final String CHANNELS_MEAN = "swage.channels.mean";
  private static final String CHANNELS_STD = "swage.channels.std";
  private static final String CATEGORIES = "swage.categories";
  private static final String FORM = "swage.categories.form";
  private static final String ONE_HOT = "onehot";
  private static final String INTEGER = "integer";
  private static final String TEXTS = "swage.texts";
  private static final String TOKENIZER = "swage.tokenizer";
  private static final String WORDS = "swage.words";
  private static final String LENGTH = "swage.text.length";

  private SchemaMetadata() {}

  static OnnxModel write(DataSchema schema, OnnxModel model) {
    OnnxModel marked = model;
    if (schema.textUnit().isPresent()) {
      marked =
          marked
              .withMetadata(UNIT, schema.textUnit().get().name().toLowerCase(Locale.ROOT))
              .withMetadata(VOCABULARY, array(schema.classNames()));
    } else if (!schema.classNames().isEmpty()) {
      marked = marked.withMetadata(CLASSES, array(schema.classNames()));
    }
    if (schema.isTable()) {
      marked = marked.withMetadata(FEATURES, array(schema.features()));
    }
    if (schema.label().isPresent()) {
      marked = marked.withMetadata(LABEL, schema.label().get());
    }
    if (schema.channels().isPresent()) {
      marked =
          marked
              .withMetadata(CHANNELS_MEAN, schema.channels().get().means().toString())
              .withMetadata(CHANNELS_STD, schema.channels().get().deviations().toString());
    }
    if (schema.categories().isPresent()) {
      Categories categories = schema.categories().get();
      marked =
          marked
              .withMetadata(CATEGORIES, object(categories.names()))
              .withMetadata(FORM, categories.oneHot() ? ONE_HOT : INTEGER);
    }
    if (schema.texts().isPresent()) {
      marked = write(schema.texts().get(), marked);
    }
    return schema.statistics().isPresent() ? write(schema.statistics().get(), marked) : marked;
  }

  private static OnnxModel write(TextEncoding texts, OnnxModel model) {
    OnnxModel marked =
        model
            .withMetadata(TEXTS, array(texts.columns()))
            .withMetadata(LENGTH, Integer.toString(texts.length()));
    return texts.isOfWords()
        ? marked.withMetadata(WORDS, array(texts.words()))
        : marked.withMetadata(TOKENIZER, texts.tokenizer());
  }

  private static Optional<TextEncoding> texts(Map<String, String> metadata) {
    if (!metadata.containsKey(TEXTS)) {
      return Optional.empty();
    }
    String length = metadata.getOrDefault(LENGTH, "");
    if (!length.matches("[1-9][0-9]{0,6}")) {
      throw malformed(LENGTH, length, "a number of tokens from 1");
    }
    String tokenizer = metadata.getOrDefault(TOKENIZER, "");
    List<String> words = names(metadata, WORDS);
    if (tokenizer.isEmpty() == words.isEmpty()
        || !(tokenizer.isEmpty() || tokenizer.matches("[0-9a-f]{64}"))) {
      throw malformed(
          TOKENIZER, tokenizer, "a SHA-256 in hex, or entry %s instead".formatted(WORDS));
    }
    return Optional.of(
        new TextEncoding(names(metadata, TEXTS), tokenizer, words, Integer.parseInt(length)));
  }

  private static OnnxModel write(FeatureStatistics statistics, OnnxModel model) {
    OnnxModel marked = model.withMetadata(MEAN, statistics.means().toString());
    if (statistics.standardizes()) {
      marked = marked.withMetadata(STD, statistics.deviations().toString());
    }
    return statistics.fillsMissing() ? marked.withMetadata(MISSING, FILLED) : marked;
  }

  static DataSchema read(Map<String, String> metadata) {
    if (metadata.containsKey(VOCABULARY)) {
      return DataSchema.ofText(unit(metadata), names(metadata, VOCABULARY));
    }
    List<String> features = names(metadata, FEATURES);
    return new DataSchema(
        names(metadata, CLASSES),
        Optional.empty(),
        features,
        Optional.ofNullable(metadata.get(LABEL)),
        statistics(metadata, features.size()),
        texts(metadata),
        categories(metadata, features),
        channels(metadata));
  }

  private static Optional<FeatureStatistics> channels(Map<String, String> metadata) {
    if (!metadata.containsKey(CHANNELS_MEAN)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new FeatureStatistics(
              false, numbers(metadata, CHANNELS_MEAN), numbers(metadata, CHANNELS_STD)));
    } catch (IllegalArgumentException e) {
      throw new OnnxException(
          "metadata %s and %s: %s".formatted(CHANNELS_MEAN, CHANNELS_STD, e.getMessage()), e);
    }
  }

  private static Optional<Categories> categories(
      Map<String, String> metadata, List<String> features) {
    String entry = metadata.get(CATEGORIES);
    if (entry == null) {
      return Optional.empty();
    }
    String expected = "a JSON object of features, each with an array of different texts";
    Map<String, List<String>> names = new LinkedHashMap<>();
    try (JsonParser json = new JsonFactory().createParser(entry)) {
      boolean good = json.nextToken() == JsonToken.START_OBJECT;
      while (good && json.nextToken() == JsonToken.FIELD_NAME) {
        String column = json.currentName();
        List<String> list = new ArrayList<>();
        good = json.nextToken() == JsonToken.START_ARRAY;
        while (good && json.nextToken() != JsonToken.END_ARRAY) {
          good = json.currentToken() == JsonToken.VALUE_STRING && list.add(json.getText());
        }
        good &=
            features.contains(column)
                && !list.isEmpty()
                && new HashSet<>(list).size() == list.size()
                && names.put(column, list) == null;
      }
      if (!good || names.isEmpty() || json.nextToken() != null) {
        throw malformed(CATEGORIES, entry, expected);
      }
    } catch (IOException e) {
      throw malformed(CATEGORIES, entry, expected, e);
    }
    String form = metadata.getOrDefault(FORM, "");
    if (!form.equals(ONE_HOT) && !form.equals(INTEGER)) {
      throw malformed(FORM, form, "onehot or integer");
    }
    return Optional.of(new Categories(form.equals(ONE_HOT), names));
  }

  private static String object(Map<String, List<String>> lists) {
    StringWriter text = new StringWriter();
    try (var json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      for (Map.Entry<String, List<String>> each : lists.entrySet()) {
        json.writeArrayFieldStart(each.getKey());
        for (String name : each.getValue()) {
          json.writeString(name);
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static TextUnit unit(Map<String, String> metadata) {
    String word = metadata.getOrDefault(UNIT, "");
    return switch (word) {
      case "char" -> TextUnit.CHAR;
      case "word" -> TextUnit.WORD;
      default -> throw malformed(UNIT, word, "char or word");
    };
  }

  private static Optional<FeatureStatistics> statistics(
      Map<String, String> metadata, int features) {
    if (!metadata.containsKey(MEAN)) {
      return Optional.empty();
    }
    List<Float> means = numbers(metadata, MEAN);
    List<Float> deviations = numbers(metadata, STD);
    if (means.size() != features) {
      throw malformed(
          MEAN, metadata.get(MEAN), "a number for each of %d features".formatted(features));
    }
    String missing = metadata.getOrDefault(MISSING, "");
    if (!missing.isEmpty() && !missing.equals(FILLED)) {
      throw malformed(MISSING, missing, FILLED);
    }
    try {
      return Optional.of(new FeatureStatistics(!missing.isEmpty(), means, deviations));
    } catch (IllegalArgumentException e) {
      throw new OnnxException("metadata %s and %s: %s".formatted(MEAN, STD, e.getMessage()), e);
    }
  }

  private static List<String> names(Map<String, String> metadata, String key) {
    List<String> names = new ArrayList<>();
    String entry = metadata.get(key);
    if (entry == null) {
      return names;
    }
    read(
        key,
        entry,
        "a JSON array of different texts",
        json -> {
          if (json.currentToken() != JsonToken.VALUE_STRING) {
            return false;
          }
          return names.add(json.getText());
        });
    if (new HashSet<>(names).size() < names.size()) {
      throw malformed(key, entry, "a JSON array of different texts");
    }
    return names;
  }

  private static List<Float> numbers(Map<String, String> metadata, String key) {
    List<Float> numbers = new ArrayList<>();
    String entry = metadata.get(key);
    if (entry == null) {
      return numbers;
    }
    read(
        key,
        entry,
        "a JSON array of numbers",
        json -> {
          if (!json.currentToken().isNumeric()) {
            return false;
          }
          return numbers.add(json.getFloatValue());
        });
    return numbers;
  }

  private interface Element {
    /** Whether the element under the parser is of the kind that is expected. */
    boolean take(JsonParser json) throws IOException;
  }

  private static void read(String key, String entry, String expected, Element element) {
    try (JsonParser json = new JsonFactory().createParser(entry)) {
      boolean good = json.nextToken() == JsonToken.START_ARRAY;
      while (good && json.nextToken() != JsonToken.END_ARRAY) {
        good = json.currentToken() != null && element.take(json);
      }
      if (good && json.nextToken() == null) {
        return;
      }
    } catch (IOException e) {
      throw malformed(key, entry, expected, e);
    }
    throw malformed(key, entry, expected);
  }

  private static OnnxException malformed(String key, String entry, String expected) {
    return new OnnxException(message(key, entry, expected));
  }

  private static OnnxException malformed(
      String key, String entry, String expected, Exception cause) {
    return new OnnxException(message(key, entry, expected), cause);
  }

  private static String message(String key, String entry, String expected) {
    int most = 60;
    String shown = entry.length() > most ? entry.substring(0, most) + "…" : entry;
    return "metadata %s: got '%s', expected %s; correct the entry or remove it"
        .formatted(key, shown, expected);
  }

  private static String array(List<String> texts) {
    StringWriter text = new StringWriter();
    try (var json = new JsonFactory().createGenerator(text)) {
      json.writeStartArray();
      for (String each : texts) {
        json.writeString(each);
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
