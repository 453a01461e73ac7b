package dev.swage.train.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON objects from and to text; a key that stands twice is an error. */
final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static String compact(ObjectNode node) {
    return node.toString();
  }

  static String indented(ObjectNode node) {
    return node.toPrettyString() + "\n";
  }

  static ObjectNode parse(String file, String text) {
    try {
      JsonNode tree = MAPPER.readTree(text);
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw new CheckpointException(file + ": expected a JSON object");
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
    }
  }
}
