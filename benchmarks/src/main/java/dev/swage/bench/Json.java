package dev.swage.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Reports and outcomes as JSON: the record components by their names. */
final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private Json() {}

  static String write(Object value) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + value + " as JSON", e);
    }
  }

  static Outcome readOutcome(String json) {
    try {
      return MAPPER.readValue(json, Outcome.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not the outcome of a benchmark: " + json, e);
    }
  }
}
