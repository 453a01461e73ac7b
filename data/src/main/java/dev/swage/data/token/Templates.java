package dev.swage.data.token;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Special tokens that a template puts around texts: each must be defined beside it, for the native
 * library takes that for granted.
 */
final class Templates {
  private final JsonParser json;

  private Templates(JsonParser json) {
    this.json = json;
  }

  /** Goes through the value under the parser. */
  static void check(JsonParser json) throws IOException {
    Set<String> used = new HashSet<>();
    new Templates(json).value(used);
    requireNone(used);
  }

  private static void requireNone(Set<String> missing) throws IOException {
    if (!missing.isEmpty()) {
      throw new IOException(
          "its post_processor puts '%s' into texts, which it does not define in special_tokens"
              .formatted(missing.iterator().next()));
    }
  }

  private void value(Set<String> used) throws IOException {
    if (json.currentToken() == JsonToken.START_ARRAY) {
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() == null) {
          return;
        }
        value(used);
      }
    } else if (json.currentToken() == JsonToken.START_OBJECT) {
      object(used);
    }
  }

  private void object(Set<String> usedAround) throws IOException {
    Set<String> used = new HashSet<>();
    Set<String> defined = new HashSet<>();
    boolean defines = false;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      if (name.equals("special_tokens")) {
        defines = true;
        keys(defined);
      } else if (name.equals("SpecialToken")) {
        id(used);
      } else {
        value(used);
      }
    }
    if (defines) {
      used.removeAll(defined);
      requireNone(used);
    }
    usedAround.addAll(used);
  }

  private void keys(Set<String> keys) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      json.skipChildren();
      return;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      keys.add(json.currentName());
      json.nextToken();
      json.skipChildren();
    }
  }

  private void id(Set<String> used) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      json.skipChildren();
      return;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean id = json.currentName().equals("id");
      if (json.nextToken() == JsonToken.VALUE_STRING && id) {
        used.add(json.getText());
      }
      json.skipChildren();
    }
  }
}
