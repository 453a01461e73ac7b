package dev.swage.cli.inspect;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Origins;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.Tables;
import dev.swage.compress.planner.QuantizedSource;
import dev.swage.graph.Preparation;
import dev.swage.onnx.OnnxModel;
import dev.swage.report.InspectReport;
import dev.swage.report.TextTable;
import dev.swage.report.WeightProfile;
import dev.swage.run.ModelFile;
import dev.swage.run.RuntimeEvaluator;
import dev.swage.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Every weight's distribution, what each width would cost it, and advice. */
@Command(
    name = "inspect",
    description = "Every weight's distribution, its expected error at each width, and advice.",
    mixinStandardHelpOptions = true)
public final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "MODEL.onnx", description = "The model to look into.")
  private Path path = Path.of("");

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    new Outputs().readsModel(path).writes(common.json()).check();
    ModelFile file = ModelFile.read(path);
    OnnxModel model = Preparation.inlined(file.model(), new RuntimeEvaluator());
    List<WeightProfile> profiles = Profiles.of(model);
    long bytes = file.bytes();
    console.line(
        "%s: opset %d, %,d nodes, %,d bytes, %,d of them in %d weights",
        path,
        model.opset(),
        model.graph().nodes().size(),
        bytes,
        profiles.stream().mapToLong(InspectCommand::bytes).sum(),
        profiles.size());
    GraphLines.of(model.graph()).forEach(line -> console.line("%s", line));
    QuantizedSource.describe(model).ifPresent(line -> console.line("%s", line));
    SchemaLines.of(file.schema()).forEach(line -> console.line("%s", line));
    if (!profiles.isEmpty()) {
      console.line("");
      console.block(table(profiles));
      console.line("");
      advice(profiles).forEach(console::block);
    }
    common
        .json()
        .ifPresent(json ->
            console.write(
                json, new InspectReport(Origins.now(), path.toString(), bytes, profiles)));
    return ExitCode.DONE;
  }

  private static long bytes(WeightProfile profile) {
    return DType.valueOf(profile.dtype().toUpperCase(Locale.ROOT))
        .bytes(profile.distribution().count());
  }

  private static String table(List<WeightProfile> profiles) {
    List<TextTable.Column> columns = new ArrayList<>();
    columns.add(TextTable.text("weight"));
    columns.add(TextTable.text("shape"));
    for (String number : List.of("min", "max", "std", "max/σ", "kurtosis")) {
      columns.add(TextTable.number(number));
    }
    for (int bits : Profiles.WIDTHS) {
      columns.add(TextTable.number(bits + " bit dB"));
    }
    columns.add(TextTable.text("advice"));
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    profiles.forEach(profile -> table.row(row(profile)));
    return table.render();
  }

  private static String[] row(WeightProfile profile) {
    WeightProfile.Distribution d = profile.distribution();
    List<String> cells = new ArrayList<>();
    cells.add(profile.name());
    cells.add(profile.shape().toString());
    double largest = Math.max(Math.abs(d.min()), Math.abs(d.max()));
    for (double value :
        new double[] {
          d.min(), d.max(), d.std(), d.std() == 0 ? 0 : largest / d.std(), d.kurtosis()
        }) {
      cells.add("%.4g".formatted(value));
    }
    for (int bits : Profiles.WIDTHS) {
      cells.add(
          profile.expectedError().stream()
              .filter(error -> error.bits() == bits)
              .map(error -> Tables.decibels(error.sqnrDb()))
              .findFirst()
              .orElse("–"));
    }
    cells.add(
        d.nonFinite() > 0
            ? "%,d values are NaN or infinite".formatted(d.nonFinite())
            : profile.recommendedBits() > 8
                ? profile.dtype()
                : profile.recommendedBits() + " bits");
    return cells.toArray(String[]::new);
  }

  private static List<String> advice(List<WeightProfile> profiles) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "dB: signal to quantization noise of the weight itself, higher is better; 6 dB are one bit. Above 4 bits"
            + " with a scale per output channel (per input, where those are of very different magnitude),"
            + " up to 4 bits with one for each 32 weights.");
    long nonFinite =
        profiles.stream().filter(profile -> profile.distribution().nonFinite() > 0).count();
    if (nonFinite > 0) {
      lines.add(
          nonFinite
              + " weights hold NaN or infinities and cannot be quantized: train again with"
              + " clipping, or mend them.");
    }
    return lines;
  }
}
