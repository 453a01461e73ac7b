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

/** A record in JSON that may be absent: Jackson itself knows no Optional. */
final class JsonOptional {
  private JsonOptional() {}

  static final class Write extends StdSerializer<Optional<?>> {
    private static final long serialVersionUID = 1L;

    Write() {
      super(Optional.class, false);
    }

    @Override
    public boolean isEmpty(SerializerProvider provider, Optional<?> value) {
      return value.isEmpty();
    }

    @Override
    public void serialize(Optional<?> value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      provider.defaultSerializeValue(value.orElseThrow(), out);
    }
  }

  abstract static class Read<T> extends StdDeserializer<Optional<T>> {
    private static final long serialVersionUID = 1L;

    private final Class<T> kind;

    Read(Class<T> kind) {
      super(Optional.class);
      this.kind = kind;
    }

    @Override
    public Optional<T> deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      return Optional.of(context.readValue(in, kind));
    }

    @Override
    public Optional<T> getAbsentValue(DeserializationContext context) {
      return Optional.empty();
    }
  }

  static final class ReadScore extends Read<ValidationScore> {
    private static final long serialVersionUID = 1L;

    ReadScore() {
      super(ValidationScore.class);
    }
  }

  static final class ReadCodes extends Read<FinetuneReport.Codes> {
    private static final long serialVersionUID = 1L;

    ReadCodes() {
      super(FinetuneReport.Codes.class);
    }
  }

  static final class ReadRanges extends Read<WeightRanges> {
    private static final long serialVersionUID = 1L;

    ReadRanges() {
      super(WeightRanges.class);
    }
  }
}
