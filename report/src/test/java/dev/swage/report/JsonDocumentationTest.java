package dev.swage.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JsonDocumentationTest {
  @ParameterizedTest
  @MethodSource("dev.swage.report.JsonReportsTest#everyKind")
  void the_page_names_the_schema_and_every_field(Report report) throws IOException {
    String page = Files.readString(Path.of("..", "docs", "json.md"));
    assertThat(page).contains("## `" + report.schema() + "`");
    Set<String> fields = new TreeSet<>();
    collect(new ObjectMapper().readTree(JsonReports.render(report)), fields);
    assertThat(fields).hasSizeGreaterThan(10);
    assertThat(fields).allSatisfy(name -> assertThat(page).containsPattern("[`.]" + name + "\\b"));
  }

  /** Names of fields, except for those of the two maps, whose keys are values. */
  private static void collect(JsonNode node, Set<String> fields) {
    for (var field : node.properties()) {
      fields.add(field.getKey());
      if (!Set.of("versions", "provenance").contains(field.getKey())) {
        collect(field.getValue(), fields);
      }
    }
    if (node.isArray()) {
      node.forEach(element -> collect(element, fields));
    }
  }
}
