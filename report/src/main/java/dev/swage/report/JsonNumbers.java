package dev.swage.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Numbers in JSON, which has neither infinity nor NaN: a number that is not finite is written as
 * null, one that is absent is not written at all. Null is read as NaN, or as +∞ where that is what
 * the field means by it.
 */
final class JsonNumbers {
  private JsonNumbers() {}

  static SimpleModule module() {
    return new SimpleModule("swage-numbers")
        .addSerializer(Double.class, new FiniteOrNull())
        .addSerializer(double.class, new FiniteOrNull())
        .addDeserializer(Double.class, new NullIsNaN())
        .addDeserializer(double.class, new NullIsNaN())
        .addSerializer(OptionalDouble.class, new WriteOptionalDouble())
        .addDeserializer(OptionalDouble.class, new ReadOptionalDouble())
        .addSerializer(OptionalInt.class, new WriteOptionalInt())
        .addDeserializer(OptionalInt.class, new ReadOptionalInt());
  }

  private static void writeDouble(double value, JsonGenerator out) throws IOException {
    if (Double.isFinite(value)) {
      out.writeNumber(value);
    } else {
      out.writeNull();
    }
  }

  /** Refuses the strings and booleans that Jackson would turn into numbers. */
  private static double readDouble(JsonParser in, DeserializationContext context)
      throws IOException {
    if (in.currentToken() != JsonToken.VALUE_NUMBER_FLOAT
        && in.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      return ((Number) context.handleUnexpectedToken(Double.class, in)).doubleValue();
    }
    return in.getDoubleValue();
  }

  /** A number, or what null stands for. */
  abstract static class NullIs extends StdDeserializer<Double> {
    private static final long serialVersionUID = 1L;

    private final double value;

    NullIs(double value) {
      super(Double.class);
      this.value = value;
    }

    @Override
    public final Double deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      return readDouble(in, context);
    }

    @Override
    public final Double getNullValue(DeserializationContext context) {
      return value;
    }
  }

  /** Null as +∞: for thresholds and signal to noise ratios. */
  static final class NullIsInfinity extends NullIs {
    private static final long serialVersionUID = 1L;

    NullIsInfinity() {
      super(Double.POSITIVE_INFINITY);
    }
  }

  private static final class NullIsNaN extends NullIs {
    private static final long serialVersionUID = 1L;

    NullIsNaN() {
      super(Double.NaN);
    }
  }

  private static final class FiniteOrNull extends StdSerializer<Double> {
    private static final long serialVersionUID = 1L;

    FiniteOrNull() {
      super(Double.class);
    }

    @Override
    public void serialize(Double value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      writeDouble(value, out);
    }
  }

  private static final class WriteOptionalDouble extends StdSerializer<OptionalDouble> {
    private static final long serialVersionUID = 1L;

    WriteOptionalDouble() {
      super(OptionalDouble.class);
    }

    @Override
    public boolean isEmpty(SerializerProvider provider, OptionalDouble value) {
      return value.isEmpty();
    }

    @Override
    public void serialize(OptionalDouble value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      writeDouble(value.orElse(Double.NaN), out);
    }
  }

  /** A number that may be absent, or what null stands for. */
  abstract static class OptionalNullIs extends StdDeserializer<OptionalDouble> {
    private static final long serialVersionUID = 1L;

    private final double value;

    OptionalNullIs(double value) {
      super(OptionalDouble.class);
      this.value = value;
    }

    @Override
    public final OptionalDouble deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      return OptionalDouble.of(readDouble(in, context));
    }

    @Override
    public final OptionalDouble getNullValue(DeserializationContext context) {
      return OptionalDouble.of(value);
    }

    @Override
    public final OptionalDouble getAbsentValue(DeserializationContext context) {
      return OptionalDouble.empty();
    }
  }

  private static final class ReadOptionalDouble extends OptionalNullIs {
    private static final long serialVersionUID = 1L;

    ReadOptionalDouble() {
      super(Double.NaN);
    }
  }

  /** An absent number, or null as +∞. */
  static final class AbsentOrInfinity extends OptionalNullIs {
    private static final long serialVersionUID = 1L;

    AbsentOrInfinity() {
      super(Double.POSITIVE_INFINITY);
    }
  }

  private static final class WriteOptionalInt extends StdSerializer<OptionalInt> {
    private static final long serialVersionUID = 1L;

    WriteOptionalInt() {
      super(OptionalInt.class);
    }

    @Override
    public boolean isEmpty(SerializerProvider provider, OptionalInt value) {
      return value.isEmpty();
    }

    @Override
    public void serialize(OptionalInt value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeNumber(value.orElseThrow());
    }
  }

  private static final class ReadOptionalInt extends StdDeserializer<OptionalInt> {
    private static final long serialVersionUID = 1L;

    ReadOptionalInt() {
      super(OptionalInt.class);
    }

    @Override
    public OptionalInt deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      return OptionalInt.of(in.getIntValue());
    }

    @Override
    public OptionalInt getAbsentValue(DeserializationContext context) {
      return OptionalInt.empty();
    }
  }
}
