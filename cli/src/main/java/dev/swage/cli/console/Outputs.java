package dev.swage.cli.console;

import dev.swage.cli.recipe.Codes;
import dev.swage.cli.recipe.CodesPlan;
import dev.swage.cli.recipe.Recipe;
import dev.swage.cli.recipe.Shipment;
import dev.swage.data.DataFiles;
import dev.swage.data.DataSpec;
import dev.swage.files.AtomicFile;
import dev.swage.files.InputFiles;
import dev.swage.onnx.OnnxReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files that a command reads and those that it is to write, checked before it does anything: no
 * output is a file that an input consists of, and none is written twice.
 */
public final class Outputs {
  private final InputFiles inputs = new InputFiles();
  private final List<Path> files = new ArrayList<>();
  private final List<Path> models = new ArrayList<>();
  private final List<Path> folders = new ArrayList<>();

  public Outputs readsModel(Path model) {
    OnnxReader.files(model).forEach(inputs::add);
    return this;
  }

  public Outputs reads(Optional<Path> file) {
    file.ifPresent(inputs::add);
    return this;
  }

  public Outputs reads(List<Path> several) {
    several.forEach(inputs::add);
    return this;
  }

  /** Data by its spec, relative to a folder. */
  public Outputs readsData(Optional<String> spec, Path folder) {
    spec.ifPresent(text -> DataFiles.addTo(inputs, DataSpec.parse(text), folder));
    return this;
  }

  /** What a recipe trains on; relative paths begin at a folder. */
  public Outputs readsRecipe(Path file, Recipe recipe, Path folder) {
    Recipe.Data data = recipe.data();
    recipe.tuning().file().ifPresent(this::readsModel);
    return reads(Optional.of(file))
        .reads(recipe.tuning().weights())
        .reads(recipe.codes().flatMap(Codes::plan).map(CodesPlan::file))
        .readsData(Optional.of(data.train()), folder)
        .readsData(data.validation(), folder)
        .readsData(Optional.of(data.test()), folder);
  }

  /** What a run of a recipe writes. */
  public Outputs writesRun(Recipe recipe, Path out) {
    Path model = out.resolve("model.onnx");
    writesModel(model);
    for (Shipment shipment : recipe.ship()) {
      if (shipment.weights().isPresent()) {
        writesModel(ModelFiles.sibling(model, shipment.name()));
      }
    }
    recipe
        .codes()
        .ifPresent(codes -> {
          writesModel(ModelFiles.sibling(model, codes.untrained()));
          writesModel(ModelFiles.sibling(model, codes.name()));
          for (int stage = 1; stage <= codes.stages().size(); stage++) {
            Path folder = out.resolve("quantize-" + stage);
            writes(Optional.of(folder.resolve("history.jsonl")));
            replaces(folder.resolve("checkpoint"));
            replaces(folder.resolve("checkpoint.previous"));
          }
        });
    return writes(Optional.of(out.resolve("history.jsonl")))
        .writesReports(out)
        .replaces(out.resolve("checkpoint"))
        .replaces(out.resolve("checkpoint.previous"));
  }

  /** The reports of a run, or of several. */
  public Outputs writesReports(Path out) {
    return writes(Optional.of(out.resolve("report.json")))
        .writes(Optional.of(out.resolve("report.html")));
  }

  /** A file; standard output is none. */
  public Outputs writes(Optional<Path> file) {
    file.filter(path -> !StandardOutput.isAt(path)).ifPresent(files::add);
    return this;
  }

  /** A model, which may get a data file beside it. */
  public Outputs writesModel(Path model) {
    models.add(model);
    files.add(model);
    return this;
  }

  /** A model whose folder must be there: what it takes long to make is not lost for that. */
  public Outputs writesModelIntoFolder(Path model) {
    Path folder = model.toAbsolutePath().getParent();
    if (!AtomicFile.isStream(model) && folder != null && !Files.isDirectory(folder)) {
      throw new UsageException(
          "%s: no such folder; make it, or choose another output"
              .formatted(Optional.ofNullable(model.getParent()).orElse(folder)));
    }
    return writesModel(model);
  }

  /** A folder that is replaced with all that is in it. */
  Outputs replaces(Path folder) {
    folders.add(folder);
    return this;
  }

  /**
   * Fails before anything is read or written.
   *
   * @throws UsageException naming the output
   */
  public void check() {
    try {
      requireOthers();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireOthers() throws IOException {
    List<Path> before = new ArrayList<>();
    for (Path output : files) {
      if (AtomicFile.isStream(output)) {
        continue; // It is written to, not replaced.
      }
      if (inputs.holds(output)) {
        throw new UsageException(
            output + ": is an input, which is never overwritten; choose another output");
      }
      for (Path other : before) {
        if (AtomicFile.isSame(other, output)) {
          throw new UsageException(output + ": is to be written twice; choose another output");
        }
      }
      before.add(output);
    }
    for (Path model : models) {
      Optional<Path> data = inputs.dataOf(model);
      if (data.isPresent()) {
        throw new UsageException(
            "%s: its data file might be %s, which is an input; choose another output"
                .formatted(model, data.get()));
      }
    }
    for (Path folder : folders) {
      Optional<Path> inside = Files.isDirectory(folder) ? inputs.within(folder) : Optional.empty();
      if (inside.isPresent()) {
        throw new UsageException(
            "%s: is replaced by a run, and %s in it is an input; move it elsewhere"
                .formatted(folder, inside.get()));
      }
    }
  }
}
