package dev.swage.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The fields of one JSON object that are wanted: texts, numbers, true and false as texts. */
final class JsonRecord {
  private static final JsonFactory JSON = new JsonFactory();

  private final String place;
  private final Map<String, String> values;
  private final List<String> names;

  private JsonRecord(String place, Map<String, String> values, List<String> names) {
    this.place = place;
    this.values = values;
    this.names = names;
  }

  /**
   * Reads a line.
   *
   * @param place file and line, for messages
   */
  static JsonRecord read(byte[] line, String place, Set<String> wanted) {
    Map<String, String> values = new HashMap<>();
    List<String> names = new ArrayList<>();
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new DataException(place + " is no JSON object, expected one a line");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        names.add(name);
        JsonToken value = json.nextToken();
        if (wanted.contains(name) && value.isScalarValue() && value != JsonToken.VALUE_NULL) {
          values.put(name, json.getText());
        }
        json.skipChildren();
      }
      if (json.nextToken() != null) {
        throw new DataException(place + " has more than one JSON object, expected one a line");
      }
    } catch (JsonProcessingException e) {
      throw new DataException("%s is no JSON object: %s".formatted(place, reason(e)), e);
    } catch (IOException e) {
      throw new DataException("%s is no JSON object: %s".formatted(place, e.getMessage()), e);
    }
    return new JsonRecord(place, values, names);
  }

  /** Without where in a source that nobody has. */
  private static String reason(JsonProcessingException e) {
    return e.getOriginalMessage().replaceFirst("(?s) \\(start marker at .*", "");
  }

  /** The value of a field as text. */
  String text(String key, String field) {
    String value = values.get(field);
    if (value != null) {
      return value;
    }
    throw new DataException(
        names.contains(field)
            ? "%s: field '%s' is null, an object or an array, expected a text or number"
                .formatted(place, field)
            : "%s has no field '%s' for key '%s'; %s"
                .formatted(place, field, key, Suggestion.forWord(field, names)));
  }

  float number(String key, String field) {
    String text = text(key, field);
    return Numbers.parse(text)
        .orElseThrow(() ->
            new DataException(
                "%s: field '%s' is '%s', not a number".formatted(place, field, text)));
  }
}
