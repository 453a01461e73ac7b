package dev.swage.cli.finetune;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.ModelFiles;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.console.Version;
import dev.swage.cli.data.DataOptions;
import dev.swage.cli.data.ModelData;
import dev.swage.cli.recipe.CodesPlan;
import dev.swage.compress.Conversion;
import dev.swage.data.DataSource;
import dev.swage.data.HoldOut;
import dev.swage.files.Sha256;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.Provenance;
import dev.swage.train.Loss;
import dev.swage.train.Score;
import dev.swage.train.TrainingRun;
import dev.swage.train.head.Head;
import dev.swage.train.head.ModelWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains an ONNX file further on data. */
@Command(
    name = "finetune",
    description = {
      "Trains an ONNX file further on data, with clipped gradients, and keeps the best weights.",
      "Cross-entropy for classes and mean squared error for values, AdamW, warm-up and cosine,",
      "global norm 1.0, early stopping on a part of the data that is cut off (docs/fine-tuning.md)."
    },
    mixinStandardHelpOptions = true)
public final class FinetuneCommand implements Callable<Integer> {
  private static final double HELD = 0.1;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private DataOptions dataOptions = new DataOptions();
  @Mixin private FinetuneOptions options = new FinetuneOptions();
  @Mixin private CodeOptions codes = new CodeOptions();

  @Parameters(paramLabel = "MODEL.onnx", description = "The model to begin from.")
  private Path source = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATA",
      description = "What to train on, as in images:photos?resize=224x224 (docs/data.md).")
  private String data = "";

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.onnx",
      description = "The file to write.")
  private Path out = Path.of("");

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    options.check();
    codes.check();
    requireAsItIs();
    new Outputs()
        .readsModel(source)
        .reads(codes.plan())
        .reads(options.weights())
        .readsData(Optional.of(data), dataOptions.directory())
        .readsData(options.validation(), dataOptions.directory())
        .writesModelIntoFolder(out)
        .writes(common.json())
        .check();
    OnnxModel model = model(console);
    HoldOut parts = parts(model);
    Loss loss = Finetuning.loss(model, parts, options);
    if (codes.given()) {
      return narrowed(model, parts, loss, console);
    }
    Finetuning tuning = new Finetuning(model, parts, options, loss, console, Pace.OF_FLOATS);
    Optional<Score> before =
        options.head().isPresent() ? Optional.empty() : Optional.of(tuning.score());
    before.ifPresent(score -> console.line("as it is: %s", ScoreLine.of(score)));
    Provenance provenance = provenance(parts.rest());
    TrainingRun run = tuning.run(best(tuning, before, provenance));
    Score after = run.evaluate(parts.held());
    boolean worse = before.isPresent() && !tuning.isBetter(after, before.get());
    if (worse) {
      console.line(
          "no epoch was better than the model as it is (%s): %s holds the model as it was",
          ScoreLine.of(after), out);
    }
    Score kept = worse ? before.get() : after;
    OnnxModel result = worse ? model : run.model();
    OnnxWriter.write(provenance.applyTo(result), out);
    console.line(
        "%s: %s on %,d samples that were not trained on",
        out, ScoreLine.of(kept), parts.held().size());
    ConfusionTable.print(kept, parts.rest().classNames(), console);
    common
        .json()
        .ifPresent(file ->
            console.write(file, FinetuneReports.of(source, out, data, parts, run, before, kept)));
    return ExitCode.DONE;
  }

  /** A plan knows the nodes and weights of one file. */
  private void requireAsItIs() {
    boolean changed = options.head().isPresent() || options.weights().isPresent();
    if (codes.plan().isPresent() && changed) {
      throw new UsageException(
          "--plan is for the model as it is: leave out --head and --weights, or plan the model that has them");
    }
  }

  /** What is written where the run is stopped: nothing worse than the model as it is. */
  private BestEpoch best(Finetuning tuning, Optional<Score> before, Provenance provenance) {
    return new BestEpoch(
        out.toString(),
        score -> before.isEmpty() || tuning.isBetter(score, before.get()),
        model -> OnnxWriter.write(provenance.applyTo(model), out));
  }

  /** A new head is trained in floats first; then the model is trained through its codes. */
  private int narrowed(OnnxModel model, HoldOut parts, Loss loss, Console console) {
    Optional<CodesPlan> plan = codes.plan(source);
    OnnxModel start =
        options.head().isPresent()
            ? new Finetuning(model, parts, options, loss, console, Pace.OF_FLOATS)
                .run(BestEpoch.unsaved())
                .model()
            : model;
    QuantizedTuning tuning =
        new QuantizedTuning(
            new QuantizedTuning.Start(source, start, codes.options(), plan),
            parts,
            options,
            loss,
            console);
    QuantizedTuning.Result result = tuning.run(out, provenance(parts.rest()));
    Conversion written = result.conversion();
    console.line(
        "%s: %s on %,d samples that were not trained on; in ONNX Runtime %s; %.3f times the size",
        out,
        ScoreLine.of(result.written()),
        parts.held().size(),
        ScoreLine.of(tuning.measure(out)),
        written.sizeRatio());
    ConfusionTable.print(result.written(), parts.rest().classNames(), console);
    common
        .json()
        .ifPresent(file ->
            console.write(
                file,
                FinetuneReports.of(
                        source,
                        out,
                        data,
                        parts,
                        result.run(),
                        Optional.of(result.before()),
                        result.written())
                    .withCodes(FinetuneReports.codes(result))));
    return ExitCode.DONE;
  }

  private OnnxModel model(Console console) {
    OnnxModel model = OnnxReader.read(source);
    if (options.weights().isPresent()) {
      ModelWeights loaded = ModelWeights.load(model, options.weights().get(), options.renames());
      console.line(
          "%s: %,d weights taken over, %,d of the model stay, %,d of the file are not used",
          options.weights().get(),
          loaded.loaded().size(),
          loaded.missing().size(),
          loaded.unused().size());
      model = loaded.model();
    }
    return options.head().isPresent()
        ? Head.replace(model, options.head().get(), options.seed())
        : model;
  }

  private HoldOut parts(OnnxModel model) {
    Path folder = dataOptions.directory();
    DataSource whole = ModelData.open(data, folder, model);
    return options
        .validation()
        .map(held -> new HoldOut(whole, DataSource.open(held, folder, whole.schema())))
        .orElseGet(() -> HoldOut.of(whole, HELD, options.seed()));
  }

  private Provenance provenance(DataSource train) {
    return Provenance.of(Version.current())
        .withSeed(options.seed())
        .withSource(ModelFiles.name(source), sourceHash())
        .withData(train.name(), train.hash());
  }

  private String sourceHash() {
    try {
      return Sha256.of(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
