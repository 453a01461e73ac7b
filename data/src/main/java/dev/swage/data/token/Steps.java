package dev.swage.data.token;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Steps before a text is cut that the native library takes for granted: a map of characters can be
 * taken apart, and pieces of a fixed length have one.
 */
final class Steps {
  private Steps() {}

  /** Goes through the value under the parser. */
  static void check(JsonParser json) throws IOException {
    int depth = 0;
    do {
      JsonToken token = json.currentToken();
      if (token == null) {
        return;
      }
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (token == JsonToken.FIELD_NAME && json.currentName().equals("precompiled_charsmap")) {
        map(json);
      } else if (token == JsonToken.FIELD_NAME && json.currentName().equals("length")) {
        length(json);
      }
    } while (depth > 0 && json.nextToken() != null);
  }

  private static void length(JsonParser json) throws IOException {
    if (json.nextToken() == JsonToken.VALUE_NUMBER_INT && json.getValueAsLong(1) == 0) {
      throw new IOException("its pre_tokenizer makes pieces of length 0");
    }
    json.skipChildren();
  }

  /** A size, a trie of so many bytes, and a text. */
  private static void map(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.VALUE_STRING) {
      json.skipChildren();
      return;
    }
    try {
      ByteBuffer bytes =
          ByteBuffer.wrap(Base64.getDecoder().decode(json.getText()))
              .order(ByteOrder.LITTLE_ENDIAN);
      long size = bytes.remaining() < 4 ? Long.MAX_VALUE : Integer.toUnsignedLong(bytes.getInt());
      if (size / 4 * 4 <= bytes.remaining()) {
        bytes.position(bytes.position() + (int) (size / 4 * 4));
        StandardCharsets.UTF_8.newDecoder().decode(bytes);
        return;
      }
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw new IOException("its precompiled_charsmap is no map of characters", e);
    }
    throw new IOException("its precompiled_charsmap is no map of characters");
  }
}
