package dev.swage.data.token;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a {@code tokenizer.json} says beside how texts are cut. What the native library would end
 * the process for is refused.
 *
 * @param vocabularySize one more than the largest number of a token
 * @param padding the number of the token that fills up: {@code padding.pad_id}, else that of a
 *     token called as one, else 0
 * @param longest {@code truncation.max_length}
 */
record TokenizerFacts(int vocabularySize, long padding, OptionalInt longest) {
  private static final List<String> PADDING = List.of("[PAD]", "<pad>", "<|pad|>", "<PAD>");

  /** Reads these entries, whatever else there is. */
  static TokenizerFacts read(String json) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      Walk walk = new Walk(parser);
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("it is no JSON object");
      }
      walk.top();
      if (walk.largest < 0) {
        throw new IOException("it has no vocabulary: no model.vocab");
      }
      if (walk.largest >= Integer.MAX_VALUE) {
        throw new IOException("a token has the number " + walk.largest);
      }
      long padding = walk.padding.orElse(walk.named.orElse(0));
      if (padding < 0 || padding > walk.largest) {
        throw new IOException(
            "padding.pad_id is %d, the largest number of a token %d"
                .formatted(padding, walk.largest));
      }
      return new TokenizerFacts((int) walk.largest + 1, padding, walk.longest);
    }
  }

  /** One pass over the file. */
  private static final class Walk {
    private final JsonParser json;
    private long largest = -1;
    private OptionalLong padding = OptionalLong.empty();
    private OptionalLong named = OptionalLong.empty();
    private OptionalInt longest = OptionalInt.empty();

    Walk(JsonParser json) {
      this.json = json;
    }

    void top() throws IOException {
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        switch (name) {
          case "model" -> model(value);
          case "added_tokens" -> added(value);
          case "post_processor" -> Templates.check(json);
          case "normalizer", "pre_tokenizer" -> Steps.check(json);
          case "padding" -> number(value, "pad_id").ifPresent(id -> padding = OptionalLong.of(id));
          case "truncation" ->
              number(value, "max_length")
                  .ifPresent(
                      length -> longest = OptionalInt.of(Math.clamp(length, 0, Integer.MAX_VALUE)));
          default -> json.skipChildren();
        }
      }
    }

    private void model(JsonToken start) throws IOException {
      if (start != JsonToken.START_OBJECT) {
        json.skipChildren();
        return;
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean vocabulary = json.currentName().equals("vocab");
        JsonToken value = json.nextToken();
        if (!vocabulary) {
          json.skipChildren();
        } else if (value == JsonToken.START_OBJECT) {
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String token = json.currentName();
            json.nextToken();
            token(token, id());
          }
        } else if (value == JsonToken.START_ARRAY) {
          for (long id = 0; json.nextToken() != JsonToken.END_ARRAY; id++) {
            pair(id);
          }
        }
      }
    }

    /** A token and its score; tokens are numbered in their order. */
    private void pair(long id) throws IOException {
      if (json.currentToken() != JsonToken.START_ARRAY
          || json.nextToken() != JsonToken.VALUE_STRING) {
        throw new IOException("model.vocab has an entry that is no [token, score]");
      }
      token(json.getText(), id);
      while (json.nextToken() != JsonToken.END_ARRAY) {
        json.skipChildren();
      }
    }

    private void added(JsonToken start) throws IOException {
      if (start != JsonToken.START_ARRAY) {
        json.skipChildren();
        return;
      }
      while (json.nextToken() == JsonToken.START_OBJECT) {
        long id = -1;
        String content = "";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          json.nextToken();
          if (name.equals("id")) {
            id = id();
          } else if (name.equals("content")) {
            content = json.getText();
          } else {
            json.skipChildren();
          }
        }
        token(content, id);
      }
    }

    private long id() throws IOException {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw new IOException("the number of a token is " + json.getText());
      }
      return json.getLongValue();
    }

    private void token(String token, long id) {
      largest = Math.max(largest, id);

      if (named.isEmpty() && PADDING.contains(token)) {
        named = OptionalLong.of(id);
      }
    }

    private OptionalLong number(JsonToken start, String wanted) throws IOException {
      OptionalLong number = OptionalLong.empty();
      if (start != JsonToken.START_OBJECT) {
        json.skipChildren();
        return number;
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean found = json.currentName().equals(wanted);
        if (json.nextToken() == JsonToken.VALUE_NUMBER_INT && found) {
          number = OptionalLong.of(json.getLongValue());
        }
        json.skipChildren();
      }
      return number;
    }
  }
}
