package dev.swage.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.swage.report.FinetuneReport.ValidationScore;
import java.io.IOException;
import java.util.Optional;

/** A score in JSON that may be absent: Jackson itself knows no Optional. */
final class JsonScore {
  private JsonScore() {}

  static final class Write extends StdSerializer<Optional<ValidationScore>> {
    private static final long serialVersionUID = 1L;

    Write() {
      super(Optional.class, false);
    }

    @Override
    public boolean isEmpty(SerializerProvider provider, Optional<ValidationScore> value) {
      return value.isEmpty();
    }

    @Override
    public void serialize(
        Optional<ValidationScore> value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      provider.defaultSerializeValue(value.orElseThrow(), out);
    }
  }

  static final class Read extends StdDeserializer<Optional<ValidationScore>> {
    private static final long serialVersionUID = 1L;

    Read() {
      super(Optional.class);
    }

    @Override
    public Optional<ValidationScore> deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      return Optional.of(context.readValue(in, ValidationScore.class));
    }

    @Override
    public Optional<ValidationScore> getAbsentValue(DeserializationContext context) {
      return Optional.empty();
    }
  }
}
