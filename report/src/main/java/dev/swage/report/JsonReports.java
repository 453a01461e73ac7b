package dev.swage.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Reports as JSON, and back. A report reads back equal to what was written, except that NaN and −∞
 * become what the field means by null. {@code docs/json.md} describes the documents. Thread-safe.
 */
public final class JsonReports {
  private static final List<String> ORIGIN = List.of("version", "created", "machine");
  private static final JsonInclude.Value PRESENT =
      JsonInclude.Value.construct(JsonInclude.Include.NON_EMPTY, JsonInclude.Include.NON_EMPTY);
  private static final ObjectMapper MAPPER = mapper();

  private JsonReports() {}

  /** The report as an indented JSON document with a final line break. */
  public static String render(Report report) {
    ObjectNode body = MAPPER.valueToTree(report);
    ObjectNode document = MAPPER.createObjectNode();
    document.put("schema", report.schema());
    document.setAll((ObjectNode) body.remove("origin"));
    document.setAll(body);
    return JsonLayout.render(document);
  }

  /**
   * Writes the report; see {@link ReportFile#write}.
   *
   * @throws ReportException when the path cannot be written
   */
  public static void write(Path target, Report report) {
    ReportFile.write(target, render(report));
  }

  /**
   * Reads a report of a known kind, strictly: the schema must be this version's, unknown, missing
   * and repeated fields are errors.
   *
   * @throws ReportException naming the file and the field
   */
  public static <T extends Report> T read(Path source, Class<T> kind) {
    try {
      return parse(source, Files.readString(source), kind);
    } catch (JacksonException e) {
      throw new ReportException(source + ": " + oneLine(e) + field(e), e);
    } catch (IOException e) {
      throw new ReportException("cannot read " + source + ": " + ReportFile.cause(e), e);
    }
  }

  private static <T extends Report> T parse(Path source, String json, Class<T> kind)
      throws JsonProcessingException {
    JsonNode tree = MAPPER.readTree(json);
    String expected = Report.schemaOf(kind);
    if (!(tree instanceof ObjectNode document) || !document.path("schema").isTextual()) {
      throw new ReportException(source + ": no schema field found, expected \"" + expected + "\"");
    }
    String schema = document.remove("schema").textValue();
    if (!schema.equals(expected)) {
      throw new ReportException(
          source + ": schema is \"" + schema + "\", expected \"" + expected + "\"");
    }
    ObjectNode origin = MAPPER.createObjectNode();
    for (String field : ORIGIN) {
      JsonNode value = document.remove(field);
      if (value != null) {
        origin.set(field, value);
      }
    }
    document.set("origin", origin);
    return MAPPER.treeToValue(document, kind);
  }

  private static ObjectMapper mapper() {
    return JsonMapper.builder()
        .addModule(JsonNumbers.module())
        .addModule(
            new SimpleModule("swage-instants")
                .addSerializer(Instant.class, ToStringSerializer.instance)
                .addDeserializer(Instant.class, new ReadInstant()))
        .annotationIntrospector(new RequireAll())
        .withConfigOverride(Optional.class, o -> o.setInclude(PRESENT))
        .withConfigOverride(OptionalDouble.class, o -> o.setInclude(PRESENT))
        .withConfigOverride(OptionalInt.class, o -> o.setInclude(PRESENT))
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .build();
  }

  private static String oneLine(JacksonException e) {
    return e.getOriginalMessage().lines().findFirst().orElse("not valid JSON");
  }

  /** Where in the document, as {@code , in runs[0].clip}. */
  private static String field(JacksonException e) {
    if (!(e instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
      return "";
    }
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : mapping.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return ", in " + path;
  }

  /** Every component must be in the document, except for those that may be absent. */
  private static final class RequireAll extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Boolean hasRequiredMarker(AnnotatedMember member) {
      Class<?> type = member.getRawType();
      return type != Optional.class && type != OptionalDouble.class && type != OptionalInt.class;
    }
  }

  private static final class ReadInstant extends FromStringDeserializer<Instant> {
    private static final long serialVersionUID = 1L;

    ReadInstant() {
      super(Instant.class);
    }

    @Override
    protected Instant _deserialize(String value, DeserializationContext context)
        throws IOException {
      try {
        return Instant.parse(value);
      } catch (DateTimeParseException e) {
        return (Instant)
            context.handleWeirdStringValue(Instant.class, value, "expected an ISO-8601 instant");
      }
    }
  }
}
