package dev.swage.compress.plan;

import dev.swage.compress.plan.PlanDocument.Entry;
import dev.swage.compress.plan.PlanDocument.Way;
import dev.swage.compress.plan.PlanDocument.Wish;
import dev.swage.data.yaml.YamlDocument;
import dev.swage.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Plans as YAML, described in {@code docs/plans.md}: a line for each node and each value, to be
 * read and edited by people. Reading gives back what was written.
 */
public final class PlanFile {
  /** Name and version of the layout; the number grows when a key is removed or changes. */
  public static final String SCHEMA = "swage.plan/1";

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./][A-Za-z0-9_./+-]*");

  private PlanFile() {}

  /**
   * Writes the file whole or not at all.
   *
   * @throws CompressException if the path cannot be written
   */
  public static void write(Path path, ModelPlan plan) {
    try {
      byte[] bytes = render(plan).getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(path, out -> out.write(bytes));
    } catch (IOException e) {
      throw CompressException.cannotWrite(path, e);
    }
  }

  /**
   * Reads a file back.
   *
   * @throws dev.swage.data.yaml.YamlException naming file, line and key
   */
  public static PlanDocument read(Path path) {
    return PlanReader.read(YamlDocument.read(path, "plan"));
  }

  /** Reads a text; {@code name} is what errors call it. */
  public static PlanDocument parse(String name, String text) {
    return PlanReader.read(YamlDocument.of(name, "plan", text));
  }

  /** The text of a file. */
  public static String render(ModelPlan plan) {
    return render(PlanDocument.of(plan));
  }

  /** The text of a file that says this. */
  public static String render(PlanDocument plan) {
    StringBuilder text = new StringBuilder();
    text.append(
        "# What becomes of each node; edit and apply: swage quantize MODEL --plan THIS -o OUT\n");
    text.append(
        "# A node is quantized (quantize: static, dynamic or weight-only; weight: as in int8\n");
    text.append(
        "# per-channel, uint4 group 32), absorbed by the node whose codes clip for it, or kept\n");
    text.append("# (keep: excluded). Of a value, min and max may be changed.\n");
    text.append("schema: ").append(SCHEMA).append('\n');
    text.append(
        "model: {path: %s, sha256: %s}\n"
            .formatted(quote(plan.model()), quote(plan.modelSha256())));
    text.append("opset: ").append(plan.opset()).append('\n');
    text.append("objective: ").append(plan.objective().label()).append('\n');
    text.append("form: ").append(plan.form().label()).append('\n');
    if (!plan.range().isEmpty()) {
      text.append("range: ").append(quote(plan.range())).append('\n');
    }
    text.append("weight-range: ").append(plan.weightRange().label()).append('\n');
    text.append("nodes:").append(plan.nodes().isEmpty() ? " []\n" : "\n");
    plan.nodes().forEach(node -> text.append("  - {").append(line(node)).append("}\n"));
    text.append("values:").append(plan.values().isEmpty() ? " []\n" : "\n");
    plan.values().forEach(value -> text.append("  - {").append(line(value)).append("}\n"));
    return text.toString();
  }

  private static String line(Entry entry) {
    String wish =
        switch (entry.wish()) {
          case Wish.Quantize(Way way, Optional<WeightChoice> weight) ->
              "quantize: " + way.label() + weight.map(w -> ", weight: " + w.text()).orElse("");
          case Wish.Absorb(String producer) -> "absorb: " + quote(producer);
          case Wish.Keep(NodeChoice.Keep(KeepReason reason, String detail)) ->
              "keep: " + reason.label() + (detail.isEmpty() ? "" : ", detail: " + quote(detail));
        };
    String expected =
        entry.expectedSqnrDb().isEmpty()
            ? ""
            : ", expected-db: " + decibels(entry.expectedSqnrDb().getAsDouble());
    return "node: %s, operator: %s, %s%s"
        .formatted(quote(entry.node()), quote(entry.operator()), wish, expected);
  }

  private static String line(PlannedValue value) {
    return "value: %s, min: %s, max: %s, codes: %s, group: %s, expected-db: %s"
        .formatted(
            quote(value.name()),
            Float.toString(value.range().min()),
            Float.toString(value.range().max()),
            PlanWords.word(value.scheme()),
            quote(value.group()),
            decibels(value.expectedSqnrDb()));
  }

  private static String decibels(double value) {
    return Double.isInfinite(value) ? "inf" : String.format(Locale.ROOT, "%.2f", value);
  }

  /** A scalar that reads back as the same text inside braces. */
  private static String quote(String text) {
    if (PLAIN.matcher(text).matches()) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
