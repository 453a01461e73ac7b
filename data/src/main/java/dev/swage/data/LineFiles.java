package dev.swage.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * A folder or a zip file with one text file per class, one sample a line; empty lines are passed
 * over. The class is called as the file, without its ending; as the ending alone where the files
 * differ in that alone. Texts are kept in memory.
 */
final class LineFiles {
  private static final Pattern NO_DATA =
      Pattern.compile("(?i)(\\.|__MACOSX|README|LICENSE|LICENCE).*");

  private LineFiles() {}

  static DataSource open(Path place, Options options, Optional<DataSchema> model) {
    List<String> known = model.map(DataSchema::classNames).orElse(List.of());
    Predicate<String> wanted =
        options.pattern("files").map(Pattern::asPredicate).orElse(LineFiles::isData);
    try (NamedFiles files = NamedFiles.open(place)) {
      Map<String, String> classes = classes(files.names(wanted));
      if (classes.isEmpty()) {
        throw new DataException(
            "%s: %s holds no text file, expected one per class".formatted(options.name(), place));
      }
      List<String> names = known.isEmpty() ? List.copyOf(classes.keySet()) : known;
      return read(files, classes, names, options, model);
    } catch (IOException e) {
      throw FileBytes.unreadable(place, e);
    }
  }

  private static DataSource read(
      NamedFiles files,
      Map<String, String> classes,
      List<String> names,
      Options options,
      Optional<DataSchema> model)
      throws IOException {
    Charset encoding = encoding(options);
    List<TextPair> texts = new ArrayList<>();
    List<String> shown = new ArrayList<>();
    List<Integer> origins = new ArrayList<>();
    List<Integer> lines = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (Map.Entry<String, String> each : classes.entrySet()) {
      int label = names.indexOf(each.getKey());
      String file = files.shown(each.getValue());
      if (label < 0) {
        throw new DataException(
            "%s is of class '%s', which is none of the classes the model knows: %s; files=REGEX chooses files"
                .formatted(file, each.getKey(), Listing.of(names)));
      }
      shown.add(file);
      int line = 0;
      for (String text : decode(files.read(each.getValue()), encoding, file).split("\r\n|\r|\n")) {
        line++;
        if (!text.isBlank()) {
          texts.add(new TextPair(text.strip(), Optional.empty()));
          origins.add(shown.size() - 1);
          lines.add(line);
          labels.add(label);
        }
      }
    }
    if (texts.isEmpty()) {
      throw new DataException(options.name() + " has no text, expected one a line");
    }
    int[] indices = labels.stream().mapToInt(Integer::intValue).toArray();
    return LabelledTexts.open(
        new LabelledTexts.Found(
            new TextRows.InMemory(
                texts, row -> shown.get(origins.get(row)) + " line " + lines.get(row)),
            Optional.empty(),
            new Targets.Classes(indices, names),
            List.of(),
            List.of(),
            Optional.empty()),
        options,
        model);
  }

  private static boolean isData(String name) {
    return !NO_DATA.matcher(name.substring(name.lastIndexOf('/') + 1)).matches();
  }

  /** Files by their class, in the order of the classes. */
  private static Map<String, String> classes(List<String> files) {
    UnaryOperator<String> name = file -> file.substring(file.lastIndexOf('/') + 1);
    UnaryOperator<String> stem = file -> name.apply(file).replaceFirst("(?<=.)\\.[^.]*$", "");
    UnaryOperator<String> ending = file -> name.apply(file).replaceFirst("^.*\\.", "");
    for (UnaryOperator<String> naming : List.of(stem, ending, name)) {
      Map<String, String> classes = new TreeMap<>();
      files.forEach(file -> classes.put(naming.apply(file), file));
      if (classes.size() == new HashSet<>(files).size()) {
        return classes;
      }
    }
    Map<String, String> classes = new TreeMap<>();
    files.forEach(file -> classes.put(file, file));
    return classes;
  }

  private static Charset encoding(Options options) {
    String name = options.text("encoding").orElse("utf-8");
    try {
      return name.toLowerCase(Locale.ROOT).equals("latin1")
          ? StandardCharsets.ISO_8859_1
          : Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw options.wrong("encoding", "an encoding of texts, such as utf-8 or latin1");
    }
  }

  private static String decode(byte[] bytes, Charset encoding, String file) {
    try {
      String text = encoding.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new DataException(
          "%s is not %s text; say its encoding, as in encoding=latin1".formatted(file, encoding),
          e);
    }
  }
}
