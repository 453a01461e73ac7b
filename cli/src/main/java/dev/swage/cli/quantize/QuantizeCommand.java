package dev.swage.cli.quantize;

import dev.swage.cli.compare.OutputResults;
import dev.swage.cli.compare.ProofLines;
import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Origins;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.Tables;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.data.CustomOperatorOptions;
import dev.swage.cli.data.LimitOptions;
import dev.swage.cli.data.RandomIntegers;
import dev.swage.compress.Conversion;
import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantGoal;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.planner.QuantizedSource;
import dev.swage.compress.proof.Proof.Depth;
import dev.swage.report.ProofReport;
import dev.swage.report.QuantizeReport;
import dev.swage.report.html.HtmlReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Quantizes a model and proves the file it writes. */
@Command(
    name = "quantize",
    description = {
      "Quantizes a model: its weights alone to 2…8 bits, or weights and activations to 8 bits with",
      "ranges fixed ahead (static) or measured at every run (dynamic). Writes the file, and proves",
      "it: every code is read back, and ONNX Runtime's outputs are checked."
    },
    mixinStandardHelpOptions = true)
public final class QuantizeCommand implements Callable<Integer> {
  /** Options that are not about how nodes are quantized. */
  private static final Set<String> BESIDE_PLAN =
      Set.of(
          "--plan",
          "--calibrate",
          "--samples",
          "--data-dir",
          "--objective",
          "--min-sqnr",
          "--max-accuracy-drop",
          "--allow-damage",
          "--output",
          "--no-prepare",
          "--no-verify",
          "--run-limit",
          "--custom-ops",
          "--report",
          "--json",
          "--quiet",
          "--verbose");

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private QuantSettings settings = new QuantSettings();
  @Mixin private CustomOperatorOptions customOperators = new CustomOperatorOptions();
  @Mixin private LimitOptions limits = new LimitOptions();

  @Option(
      names = "--plan",
      paramLabel = "PLAN.yaml",
      description = {
        "Carry out a plan that the plan command wrote, edited or not, in place of options;",
        "--calibrate DATA is what the result is proven on."
      })
  private Optional<Path> plan = Optional.empty();

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write what was decided and proved as one page.")
  private Optional<Path> page = Optional.empty();

  @Parameters(paramLabel = "MODEL.onnx", description = "The float model; never changed.")
  private Path input = Path.of("");

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.onnx",
      description = "The file to write.")
  private Path output = Path.of("");

  @Option(
      names = "--no-prepare",
      description = {
        "Take the graph as it is: fold no normalizations and constants, remove nothing.",
        "The operator set is still raised as far as the codes need."
      })
  private boolean asIs;

  @Option(
      names = "--allow-damage",
      description = {
        "Write the file also where its outputs are damaged: below 10 dB on data, a quantity in",
        "them lost, or more than 5 points of accuracy."
      })
  private boolean allowDamage;

  @Mixin private ProofSettings proof = new ProofSettings();

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    settings
        .data()
        .readBy(new Outputs())
        .readsModel(input)
        .reads(plan)
        .reads(customOperators.libraries())
        .writesModel(output)
        .writes(Optional.of(QuantizeWatch.state(output)))
        .writes(common.json())
        .writes(page)
        .check();
    customOperators.load();
    limits.set();
    RandomIntegers.warn(input, settings.data().given(), console);
    plan.ifPresent(file -> requireNothingElse());
    if (page.isPresent() && proof.isOff()) {
      throw new UsageException("--report shows what was proven: leave --no-verify out");
    }
    String mode = plan.isPresent() ? "plan" : settings.mode().label();
    try (QuantizeWatch watch =
        new QuantizeWatch(console, Optional.of(output), settings.searches() && plan.isEmpty())) {
      Conversion done = plan.isPresent() ? carryOut(plan.get(), watch) : convert(watch);
      Preparations.line(done.planned().prepared(), done.agreement())
          .ifPresent(line -> console.line("%s", line));
      QuantizedSource.describe(done.planned().prepared().model())
          .ifPresent(line -> console.line("%s", line));
      boolean nodes = done.proof().latency().isPresent();
      console.block(
          nodes || !done.planned().plan().isWeightsAlone()
              ? PlanTable.of(done.planned().plan(), Optional.of(done.proof()))
              : WeightTable.of(done.quantized()));
      console.line("");
      String samples =
          done.proof()
              .probes()
              .map(about -> "random inputs (" + about.described() + ")")
              .orElse("samples");
      ProofLines.of(input, output, done, samples).forEach(line -> console.line("%s", line));
      DamageLines.warn(console, output, done);
      write(mode, done, console);
      return end(console, done, watch);
    }
  }

  /** The results as files: of nodes where all was proven, else of weights. */
  private void write(String mode, Conversion done, Console console) {
    if (done.proof().latency().isPresent()) {
      ProofReport report = ProofReports.of(input, output, mode, data(done), done);
      common.json().ifPresent(file -> console.write(file, report));
      page.ifPresent(file -> HtmlReport.write(file, report));
      return;
    }
    common
        .json()
        .ifPresent(file ->
            console.write(
                file,
                new QuantizeReport(
                    Origins.now(),
                    input.toString(),
                    output.toString(),
                    done.bytesBefore(),
                    done.bytesAfter(),
                    Preparations.steps(done.planned().prepared()),
                    Preparations.difference(done),
                    done.written(),
                    done.proof().fidelity().map(OutputResults::of).orElse(List.of()),
                    DamageLines.texts(done.damage()),
                    Decisions.of(done.quantized()))));
  }

  /** What it was proven on, as typed, or how it was drawn. */
  private String data(Conversion done) {
    String spec = settings.data().spec();
    return done.proof().probes().map(about -> spec + ": " + about.described()).orElse(spec);
  }

  private int end(Console console, Conversion done, QuantizeWatch watch) {
    watch.forget();
    if (done.written()) {
      return ExitCode.DONE;
    }
    String figures =
        switch (done.outcome()) {
          case NOT_FASTER ->
              " (%.2f×); --objective size writes it all the same"
                  .formatted(done.proof().speedup().orElse(1));
          case BOUND_MISSED, STOPPED ->
              " (least SQNR %s dB%s)"
                  .formatted(
                      Tables.decibels(done.proof().leastSqnrDb().orElse(Double.NaN)),
                      done.proof().accuracyDrop().isPresent()
                          ? ", accuracy drop %.5f"
                              .formatted(done.proof().accuracyDrop().getAsDouble())
                          : "");
          case DAMAGED -> DamageLines.refusal(done.damage());
          case WRITTEN, NOTHING_QUANTIZED -> "";
        };
    console.warning("%s: not written: %s%s".formatted(output, done.outcome().text(), figures));
    return ExitCode.BOUND_MISSED;
  }

  /** A plan has its own say on how everything is quantized. */
  private void requireNothingElse() {
    spec.commandLine().getParseResult().matchedOptions().stream()
        .map(OptionSpec::longestName)
        .filter(name -> !BESIDE_PLAN.contains(name))
        .findFirst()
        .ifPresent(name -> {
          throw new UsageException(
              name + " is no option beside --plan, which says how each node is quantized: edit it");
        });
  }

  private Conversion carryOut(Path file, QuantizeWatch watch) {
    PlanDocument stored = PlanFile.read(file);
    return ModelQuantization.of(proven(settings.optionsFor(stored)))
        .with(watch.run())
        .apply(stored, input, output, settings.data().source(input));
  }

  private Conversion convert(QuantizeWatch watch) {
    return ModelQuantization.of(proven(settings.options()))
        .with(watch.run())
        .convert(input, output, settings.data().read(input));
  }

  /** How far it is proven: a page, data and goals ask for more than codes and outputs. */
  private QuantizeOptions proven(QuantizeOptions options) {
    QuantGoal goal = options.goal();
    boolean more = page.isPresent() || plan.isPresent() || !settings.isPlainWeightOnly();
    return options
        .withGoal(allowDamage ? goal.allowingDamage() : goal)
        .withSimplify(!asIs)
        .withProof(proof.options(more ? Depth.EVERYTHING : options.proof().depth()));
  }
}
