package dev.swage.report.html;

import dev.swage.report.Machine;
import dev.swage.report.Numbers;
import dev.swage.report.Origin;
import dev.swage.report.ProofReport;
import dev.swage.report.ReportFile;
import dev.swage.report.RunReport;
import dev.swage.report.TrainingReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A report as one HTML page: style, drawings and script are inside and a content policy forbids
 * everything else, so it reads the same offline and in ten years. The same report gives the same
 * page.
 */
public final class HtmlReport {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private HtmlReport() {}

  /**
   * Writes the page; see {@link ReportFile#write}.
   *
   * @throws dev.swage.report.ReportException when the path cannot be written
   */
  public static void write(Path target, TrainingReport report) {
    ReportFile.write(target, render(report));
  }

  /** Writes the page of a quantization; see {@link ReportFile#write}. */
  public static void write(Path target, ProofReport report) {
    ReportFile.write(target, render(report));
  }

  /** The page. */
  public static String render(TrainingReport report) {
    String title = report.runs().stream().map(RunReport::title).collect(Collectors.joining(", "));
    Markup body = new Markup();
    header(body, report.origin(), report.runs());
    List<RunReport> runs = report.runs();
    for (int i = 0; i < runs.size(); i++) {
      body.add(RunSection.render(runs.get(i), "run" + i));
    }
    return page(title, body, report.origin());
  }

  /** The page of a quantization. */
  public static String render(ProofReport report) {
    Markup body = new Markup();
    header(body, report.origin(), List.of());
    body.add(ProofSection.render(report));
    return page(report.output(), body, report.origin());
  }

  private static String page(String title, Markup body, Origin origin) {
    Markup out = new Markup();
    out.verbatim("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    out.verbatim("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.verbatim(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
            + " style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
    out.element("title", title + " – Swage report").line();
    out.verbatim("<style>\n" + resource("report.css") + "</style></head>\n<body>");
    out.add(body);
    footer(out, origin);
    out.verbatim("<script>\n" + resource("report.js") + "</script>\n</body></html>\n");
    return out.toString();
  }

  private static void header(Markup out, Origin origin, List<RunReport> runs) {
    out.open("header").element("h1", "Swage report");
    out.element(
        "p",
        String.format(
            Locale.ROOT,
            "%s · Swage %s · %s",
            DAY.format(origin.created()),
            origin.version(),
            origin.machine().cpu()),
        "class",
        "mute");
    if (runs.size() > 1) {
      out.open("nav");
      for (int i = 0; i < runs.size(); i++) {
        out.element("a", runs.get(i).title(), "href", "#run" + i);
      }
      out.close("nav");
    }
    out.close("header").line();
  }

  private static void footer(Markup out, Origin origin) {
    Machine machine = origin.machine();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("processor", machine.cpu() + ", " + machine.cores() + " cores");
    facts.put("heap", "at most " + Numbers.bytes(machine.maxHeapBytes()));
    facts.put("system", machine.os());
    facts.put("swage", origin.version());
    facts.putAll(machine.versions());
    out.open("footer").element("h3", "Measured on").add(Tables.facts(facts)).close("footer");
  }

  private static String resource(String name) {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks its own resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the jar's own resource " + name, e);
    }
  }
}
