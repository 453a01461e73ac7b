package dev.swage.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.report.ClipSummary;
import dev.swage.report.ClipTelemetry;
import dev.swage.report.EpochPoint;
import dev.swage.report.GradientSeries;
import dev.swage.report.ModelResult;
import dev.swage.report.RunReport;
import dev.swage.report.SampleReports;
import dev.swage.report.TrainingReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
  private static final String PAGE = HtmlReport.render(SampleReports.demo());

  @Test
  void the_page_can_be_looked_at_in_the_build_folder() throws IOException {
    Path page = Path.of("target", "report-sample", "report.html");
    HtmlReport.write(page, SampleReports.demo());
    assertThat(page).hasContent(PAGE);
    assertThat(page.toFile().length()).isLessThan(400_000);
  }

  @Test
  void nothing_is_asked_of_the_network() {
    assertThat(PAGE).doesNotContain("http://", "https://", "url(", "@import", "<link", " src=");
    assertThat(Pattern.compile("href=\"(?!#)").matcher(PAGE).find()).isFalse();
    assertThat(PAGE).contains("default-src 'none'");
  }

  @Test
  void a_quantization_shows_decisions_layers_and_figures() throws IOException {
    HtmlReport.write(Path.of("target", "report-sample", "proof.html"), SampleReports.proof());
    String page = HtmlReport.render(SampleReports.proof());
    assertThat(page)
        .contains("net.static.onnx", "0.26×", "2.40×", "integer kernel; int8 per-channel")
        .contains("not-worth-it; 0.31×: 0.21 ms as codes, 0.065 ms as floats")
        .contains("36 static, 4 keep", "10 more", "QLinearConv", "batch-normalization-folded");
    assertTagsMatch(page);
  }

  @Test
  void every_tag_that_opens_closes_in_order() {
    assertTagsMatch(PAGE);
  }

  private static void assertTagsMatch(String page) {
    String body =
        page.replaceAll("(?s)<(style|script)>.*?</\\1>", "").replaceAll("<(!|meta)[^>]*>", "");
    java.util.ArrayDeque<String> open = new java.util.ArrayDeque<>();
    java.util.regex.Matcher tags = Pattern.compile("<(/?)([a-z0-9]+)[^>]*>").matcher(body);
    while (tags.find()) {
      if (tags.group(1).isEmpty()) {
        open.push(tags.group(2));
      } else {
        assertThat(open.pop()).isEqualTo(tags.group(2));
      }
    }
    assertThat(open).isEmpty();
  }

  @Test
  void values_from_outside_are_escaped() {
    String evil = "</script><img src=x onerror='alert(1)'>&\"";
    RunReport base = SampleReports.demo().runs().getFirst();
    ModelResult model =
        new ModelResult(
            evil,
            evil,
            1,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            base.reference().latency(),
            OptionalDouble.empty());
    RunReport run =
        new RunReport(
                evil,
                evil,
                evil,
                base.clip(),
                base.epochs(),
                base.gradients(),
                SampleReports.telemetry(evil),
                List.of(SampleReports.tensor(evil, 0.1, 4, 4)),
                List.of(model),
                Map.of(evil, evil))
            .withRanges(SampleReports.ranges(evil));
    String page = HtmlReport.render(new TrainingReport(SampleReports.origin(), List.of(run)));
    assertThat(page).doesNotContain("<img", "alert(1)'");
    assertThat(page)
        .contains("&lt;/script&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;&quot;");
    assertThat(page.split("</script>", -1)).hasSize(2);
  }

  @Test
  void how_weights_spread_stands_beside_their_clipping() {
    RunReport run = SampleReports.demo().runs().getFirst();
    String without = HtmlReport.render(new TrainingReport(SampleReports.origin(), List.of(run)));
    assertThat(without).doesNotContain("From clipping to quantization");
    String page =
        HtmlReport.render(
            new TrainingReport(
                SampleReports.origin(),
                List.of(run.withRanges(SampleReports.ranges("dense1.weight")))));
    assertThat(page)
        .contains("From clipping to quantization")
        .contains("7.90 → 1.50", "10.4 → 1.80", "error, 4 bit", "20.0", "25.0")
        .contains("dense1.weight, epoch by epoch")
        .doesNotContain("dense2.weight, epoch by epoch", "Infinity", "NaN");
    RunReport staged =
        run.withStages(
            List.of(new RunReport.Stage("4 bits", SampleReports.ranges("dense1.weight"))));
    assertThat(HtmlReport.render(new TrainingReport(SampleReports.origin(), List.of(staged))))
        .contains("From clipping to quantization: 4 bits");
  }

  @Test
  void a_diverged_run_without_clipping_still_makes_a_page() {
    RunReport base = SampleReports.demo().runs().getFirst();
    double[] norms = {1, Double.NaN, Double.POSITIVE_INFINITY, 2};
    double[] thresholds = new double[4];
    java.util.Arrays.fill(thresholds, Double.POSITIVE_INFINITY);
    RunReport run =
        new RunReport(
            "r",
            "R",
            "",
            new ClipSummary(
                "none",
                4,
                0,
                2,
                List.of(1.0, 1.0, 1.5, 2.0, Double.POSITIVE_INFINITY),
                Double.POSITIVE_INFINITY),
            List.of(
                new EpochPoint(1, Double.NaN, OptionalDouble.empty(), OptionalDouble.empty(), 0.1)),
            GradientSeries.of(norms, thresholds, new BitSet(), 10),
            new ClipTelemetry(
                List.of(),
                new ClipTelemetry.HeatMap(
                    1, List.of(new ClipTelemetry.HeatMap.Row("w", List.of(0.0, 0.0)))),
                List.of(
                    new ClipTelemetry.Spike(
                        3, 1, Double.POSITIVE_INFINITY, Double.NaN, "", List.of()))),
            List.of(),
            base.models(),
            Map.of());
    String page = HtmlReport.render(new TrainingReport(SampleReports.origin(), List.of(run)));
    assertThat(page).doesNotContain("NaN").doesNotContain("Infinity");
    assertThat(page)
        .contains("Nothing was clipped in 4 steps.")
        .contains("2 steps were skipped: their gradients were not finite.");
  }

  @Test
  void the_headline_and_the_figures_are_on_the_page() {
    assertThat(PAGE)
        .contains("int8 keeps 99.01\u00a0% accuracy (−0.04 points) at 0.26× the size.")
        .contains("by global norm 2 at threshold 0.5")
        .contains("<td class=\"n\">0.182</td>");
  }
}
