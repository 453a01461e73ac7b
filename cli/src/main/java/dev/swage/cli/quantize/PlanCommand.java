package dev.swage.cli.quantize;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.data.CustomOperatorOptions;
import dev.swage.cli.data.LimitOptions;
import dev.swage.cli.data.RandomIntegers;
import dev.swage.compress.ModelQuantization;
import dev.swage.compress.PlannedModel;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.planner.QuantizedSource;
import dev.swage.run.ModelFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Decides what becomes of each node, and writes that down. */
@Command(
    name = "plan",
    description = {
      "Decides what becomes of each node of a model and why, with the error to expect, as a table",
      "and as a YAML file to be read, edited and applied: quantize --plan PLAN.yaml (docs/plans.md)."
    },
    mixinStandardHelpOptions = true)
public final class PlanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private QuantSettings settings = new QuantSettings();
  @Mixin private CustomOperatorOptions customOperators = new CustomOperatorOptions();
  @Mixin private LimitOptions limits = new LimitOptions();

  @Parameters(paramLabel = "MODEL.onnx", description = "The float model.")
  private Path input = Path.of("");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PLAN.yaml",
      description = "The plan to write.")
  private Optional<Path> output = Optional.empty();

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    settings
        .data()
        .readBy(new Outputs())
        .readsModel(input)
        .reads(customOperators.libraries())
        .writes(output)
        .writes(output.map(QuantizeWatch::state))
        .writes(common.json())
        .check();
    customOperators.load();
    limits.set();
    RandomIntegers.warn(input, settings.data().given(), console);
    PlannedModel planned;
    try (QuantizeWatch watch = new QuantizeWatch(console, output, settings.searches())) {
      planned =
          ModelQuantization.of(settings.options())
              .with(watch.run())
              .plan(input, settings.data().read(input));
      watch.forget();
    }
    ModelPlan plan = planned.plan();
    QuantizedSource.describe(planned.prepared().model())
        .ifPresent(line -> console.line("%s", line));
    console.block(PlanTable.of(plan, Optional.empty()));
    console.line("");
    console.line("%d of %d nodes quantized", plan.quantized(), plan.nodes().size());
    output.ifPresent(file -> {
      PlanFile.write(file, plan);
      console.line("%s: edit it, and apply it with quantize --plan", file);
    });
    common
        .json()
        .ifPresent(file ->
            console.write(
                file,
                ProofReports.of(
                    input, ModelFile.read(input).bytes(), settings.mode().label(), planned)));
    return ExitCode.DONE;
  }
}
