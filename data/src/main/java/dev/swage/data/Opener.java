package dev.swage.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** From a spec to its source: finds the file, picks the reader, applies the limit. */
final class Opener {
  /** Part of a seed that draws the samples of a limit; the splits have the others. */
  private static final long DRAW = 1000;

  private static final List<String> COUNTS =
      List.of("n", "count", "features", "classes", "size", "length");

  private Opener() {}

  static DataSource open(DataSpec spec, Path folder, Optional<DataSchema> model) {
    Options options = new Options(spec, folder);
    OptionalInt limit = options.count("limit", 1);
    DataSource whole = whole(spec, options, folder, model);
    if (limit.isEmpty() || limit.getAsInt() >= whole.size()) {
      return whole;
    }
    int[] order = new int[whole.size()];
    Arrays.setAll(order, i -> i);
    if (options.text("seed").isPresent() && spec.format().readsFiles()) {
      order = new SeededRandom(SeededRandom.derive(options.seed(), DRAW)).permutation(whole.size());
    }
    int[] kept = Arrays.copyOf(order, limit.getAsInt());
    Arrays.sort(kept);
    return new Selection(spec.toString(), whole, kept);
  }

  /** Complains of what is wrong whatever is in the files. */
  static void check(DataSpec spec) {
    if (spec.format().readsFiles()) {
      requireFinite(spec, resolved(spec, Path.of("")));
    } else {
      Options options = new Options(spec, Path.of(""));
      switch (spec.format()) {
        case MOONS -> Moons.size(options);
        case BLOBS -> Blobs.size(options);
        default ->
            COUNTS.stream()
                .filter(spec.options()::containsKey)
                .forEach(key -> options.count(key, 1));
      }
    }
  }

  private static DataSource whole(
      DataSpec spec, Options options, Path folder, Optional<DataSchema> model) {
    return switch (spec.format()) {
      case CSV -> CsvSource.open(existing(spec, folder), options, model);
      case IDX -> IdxSource.open(existing(spec, folder), options);
      case MOONS -> Moons.open(options);
      case BLOBS -> Blobs.open(options);
      case GLYPHS -> Glyphs.open(options);
      case NPZ -> NumpySource.openNpz(existing(spec, folder), options);
      case NPY -> NumpySource.openNpy(existing(spec, folder), options);
      case IMAGES -> ImageSource.open(existing(spec, folder), options, model);
      case ONNXPB -> OnnxTestSource.open(existing(spec, folder), options);
      case RANDOM -> RandomSource.open(spec.path(), options);
      case TEXT -> TextSource.open(existing(spec, folder), options, model);
      case TEMPORAL_ORDER -> TemporalOrder.open(options);
      case ADDING -> AddingProblem.open(options);
      case LINES -> LineFiles.open(existing(spec, folder), options, model);
      case JSONL -> JsonLines.open(existing(spec, folder), options, model);
      case WAV -> SoundSource.open(existing(spec, folder), options, model);
    };
  }

  private static Path existing(DataSpec spec, Path folder) {
    Path path = resolved(spec, folder);
    if (!Files.exists(path)) {
      throw new DataException(
          "%s: no such file or folder: %s (relative paths begin at %s; --data-dir or %s changes it)"
              .formatted(
                  spec, path.toAbsolutePath(), folder.toAbsolutePath(), DataFolder.VARIABLE));
    }
    requireFinite(spec, path);
    return path;
  }

  private static Path resolved(DataSpec spec, Path folder) {
    try {
      return folder.resolve(spec.path());
    } catch (InvalidPathException e) {
      throw new DataException("%s: '%s' is no path".formatted(spec, spec.path()), e);
    }
  }

  private static void requireFinite(DataSpec spec, Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
      throw new DataException(
          "%s: %s is a device or a pipe, expected a file or folder".formatted(spec, path));
    }
  }
}
