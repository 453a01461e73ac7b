package dev.swage.data;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Which files are samples, and their targets: by the folder a file is in, by a group of a regular
 * expression on its name, or by a table of files and labels.
 *
 * @param paths of the samples
 */
record FileLabels(List<String> paths, Targets targets, Optional<String> label) {
  private static final String FOLDER = "folder";
  private static final String NONE = "none";

  /**
   * Labels the files of a place, as the keys {@code label=folder|none|REGEX} or {@code labels=FILE}
   * say.
   *
   * @param paths in their order
   */
  static FileLabels of(
      Path place, List<String> paths, Options options, Optional<DataSchema> model) {
    Optional<Path> table = options.file("labels");
    if (table.isPresent()) {
      if (options.text("label").isPresent()) {
        throw options.wrong("label", "to be absent beside labels=FILE");
      }
      return ofTable(place, table.get(), paths, options, model);
    }
    requireNoTable(options);
    return switch (options.text("label").orElse(FOLDER)) {
      case NONE -> new FileLabels(paths, new Targets.None(), Optional.empty());
      case FOLDER -> classes(place, paths, options, model, FileLabels::folder);
      default -> {
        Pattern regex = options.pattern("label").orElseThrow();
        if (regex.matcher("").groupCount() != 1) {
          throw options.wrong("label", "folder, none, or a regular expression with one group");
        }
        yield classes(place, paths, options, model, path -> group(regex, path));
      }
    };
  }

  /** Complains of keys that only a table of labels needs. */
  static void requireNoTable(Options options) {
    for (String key : List.of("task", "classes")) {
      if (options.text(key).isPresent()) {
        throw options.wrong(key, "to stand beside labels=FILE");
      }
    }
  }

  /** What a model has to know. */
  DataSchema schema(Optional<FeatureStatistics> channels) {
    return new DataSchema(
        targets.classNames(),
        Optional.empty(),
        List.of(),
        label,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        channels);
  }

  private interface Naming {
    /** The class of a file; empty where it has none. */
    String of(String path);
  }

  private static String folder(String path) {
    int end = path.lastIndexOf('/');
    return end < 0 ? "" : path.substring(path.lastIndexOf('/', end - 1) + 1, end);
  }

  private static String group(Pattern regex, String path) {
    Matcher matcher = regex.matcher(path.substring(path.lastIndexOf('/') + 1));
    return matcher.find() && matcher.group(1) != null ? matcher.group(1) : "";
  }

  private static FileLabels classes(
      Path place, List<String> paths, Options options, Optional<DataSchema> model, Naming naming) {
    List<String> known = model.map(DataSchema::classNames).orElse(List.of());
    TreeSet<String> found = new TreeSet<>();
    for (String path : paths) {
      String name = naming.of(path);
      if (name.isEmpty()) {
        throw new DataException(
            "%s: %s in %s has no class: it %s; label=none takes the files without classes"
                .formatted(
                    options.name(),
                    path,
                    place,
                    options.text("label").filter(l -> !l.equals(FOLDER)).isPresent()
                        ? "does not match '" + options.text("label").get() + "'"
                        : "lies in no folder, and label=REGEX finds it in the name"));
      }
      found.add(name);
    }
    List<String> names = known.isEmpty() ? List.copyOf(found) : known;
    Map<String, Integer> numbers = new HashMap<>();
    names.forEach(name -> numbers.put(name, numbers.size()));
    int[] indices = new int[paths.size()];
    for (int i = 0; i < indices.length; i++) {
      String name = naming.of(paths.get(i));
      Integer number = numbers.get(name);
      if (number == null) {
        throw new DataException(
            "%s: %s in %s is of class '%s', which is none of the classes the model knows: %s"
                .formatted(options.name(), paths.get(i), place, name, Listing.of(names)));
      }
      indices[i] = number;
    }
    return new FileLabels(paths, new Targets.Classes(indices, names), Optional.empty());
  }

  /** A table whose first column, or column {@code file}, has paths, and another the labels. */
  private static FileLabels ofTable(
      Path place, Path table, List<String> paths, Options options, Optional<DataSchema> model) {
    Map<String, String> known = new HashMap<>();
    paths.forEach(
        path -> known.merge(path.substring(path.lastIndexOf('/') + 1), path, (a, b) -> ""));
    paths.forEach(path -> known.put(path, path));
    List<String> samples = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    List<Long> lines = new ArrayList<>();
    CSVFormat format = CSVFormat.DEFAULT.builder().setTrim(true).get();
    try (Reader text = new InputStreamReader(FileBytes.open(table), StandardCharsets.UTF_8);
        CSVParser parser = format.parse(text)) {
      int file = 0;
      int label = 1;
      for (CSVRecord row : parser) {
        long line = parser.getCurrentLineNumber();
        if (row.size() < 2) {
          throw new DataException(
              "%s line %d has %d column, expected a file and its label"
                  .formatted(table, line, row.size()));
        }
        List<String> cells = row.toList();
        if (line == 1 && cells.contains("file") && cells.contains("label")) {
          file = cells.indexOf("file");
          label = cells.indexOf("label");
          continue;
        }
        String path = known.getOrDefault(cells.get(file).replace('\\', '/'), "");
        if (path.isEmpty()) {
          throw new DataException(
              "%s line %d: '%s' is no file in %s, or several are called so; expected its path from there, and a first line 'file,label' if it is one"
                  .formatted(table, line, cells.get(file), place));
        }
        samples.add(path);
        labels.add(cells.get(label));
        lines.add(line);
      }
    } catch (IOException e) {
      throw FileBytes.unreadable(table, e);
    }
    if (samples.isEmpty()) {
      throw new DataException(table + " has no line, expected files and their labels");
    }
    LabelColumn column =
        new LabelColumn(table, Optional.of("label"), labels, lines, new CsvCells(Set.of(), '.'));
    return new FileLabels(samples, LabelTargets.of(column, options, model), Optional.of("label"));
  }
}
