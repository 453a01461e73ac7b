package dev.swage.data;

import dev.swage.data.CsvTreatment.Missing;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A table read to the end: features as numbers, a missing one as NaN, labels as text.
 *
 * @param columns names of the features; {@code column 3} where the file has no header
 * @param textColumns names of the columns with texts
 * @param texts one per row, where there are such columns
 * @param found texts of the features that hold categories, by the numbers that stand in the rows
 * @param label name of the column with the labels
 * @param labels one per row; empty when no column is the label
 * @param lines the line of the file each row ends on, from 1
 */
record CsvTable(
    Path file,
    List<String> columns,
    List<String> textColumns,
    Optional<String> label,
    List<float[]> rows,
    Map<Integer, List<String>> found,
    List<TextPair> texts,
    List<String> labels,
    List<Long> lines,
    CsvCells cells) {

  /** What the targets are made of. */
  LabelColumn labelColumn() {
    return new LabelColumn(file, label, labels, lines, cells);
  }

  private enum Separator {
    COMMA(','),
    SEMICOLON(';'),
    TAB('\t'),
    SPACE(' ');

    final char character;

    Separator(char character) {
      this.character = character;
    }
  }

  /** Reads a table as the options say; empty lines are passed over. */
  static CsvTable read(Path file, Options options, CsvTreatment treatment) {
    CsvCells cells = CsvCells.of(options);
    char separator =
        options
            .choice("separator", Separator.class)
            .orElse(cells.hasComma() ? Separator.SEMICOLON : Separator.COMMA)
            .character;
    CSVFormat format =
        CSVFormat.DEFAULT
            .builder()
            .setDelimiter(separator)
            .setTrim(true)
            .setIgnoreSurroundingSpaces(separator != ' ')
            .get();
    try (Reader text = withoutByteOrderMark(FileBytes.open(file));
        CSVParser parser = format.parse(text)) {
      return new Reading(file, options, parser, cells, treatment).all();
    } catch (UncheckedIOException e) {
      throw FileBytes.unreadable(file, new IOException(e.getMessage(), e));
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  /** Spreadsheets begin UTF-8 files with a mark that is no part of the first cell. */
  private static Reader withoutByteOrderMark(InputStream in) throws IOException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    reader.mark(1);
    if (reader.read() != '\uFEFF') {
      reader.reset();
    }
    return reader;
  }

  /** One pass over a file. */
  private static final class Reading {
    private final Path file;
    private final Options options;
    private final CSVParser parser;
    private final CsvCells cells;
    private final CsvTreatment treatment;
    private CategoryCells categories;
    private final List<float[]> rows = new ArrayList<>();
    private final List<TextPair> texts = new ArrayList<>();
    private final List<String> labels = new ArrayList<>();
    private final List<Long> lines = new ArrayList<>();

    Reading(Path file, Options options, CSVParser parser, CsvCells cells, CsvTreatment treatment) {
      this.file = file;
      this.options = options;
      this.parser = parser;
      this.cells = cells;
      this.treatment = treatment;
      this.categories = new CategoryCells(file, cells, 0, Set.of(), false);
    }

    /** Columns that are said to hold categories, by the keys or by the model. */
    private CategoryCells categories(CsvColumns columns) {
      boolean model = treatment.model().filter(DataSchema::isTable).isPresent();
      Set<Integer> declared = new HashSet<>();
      List<String> names = columns.featureNames();
      for (String name : categoryNames(columns)) {
        declared.add(names.indexOf(name));
      }
      return new CategoryCells(
          file, cells, names.size(), declared, !model && columns.texts().isEmpty());
    }

    private List<String> categoryNames(CsvColumns columns) {
      List<String> asked = columns.categoryNames(file, options);
      if (treatment.model().filter(DataSchema::isTable).isEmpty()) {
        return asked;
      }
      Set<String> known =
          treatment.model().get().categories().map(c -> c.names().keySet()).orElse(Set.of());
      if (!asked.isEmpty() && !known.equals(Set.copyOf(asked))) {
        throw options.wrong("category", "to be absent: the model knows its categories");
      }
      return List.copyOf(known);
    }

    CsvTable all() throws IOException {
      var records = parser.iterator();
      if (!records.hasNext()) {
        throw new DataException(file + " is empty, expected at least one row");
      }
      CSVRecord first = records.next();
      CsvColumns columns = CsvColumns.of(file, first, options, cells, treatment.model());
      categories = categories(columns);
      if (!columns.hasHeader()) {
        add(first, columns);
      }
      while (records.hasNext()) {
        add(records.next(), columns);
      }
      if (rows.isEmpty()) {
        throw new DataException(file + " has no complete row, expected at least one");
      }
      return new CsvTable(
          file,
          columns.featureNames(),
          columns.textNames(),
          columns.labelName(),
          rows,
          categories.found(),
          texts,
          labels,
          lines,
          cells);
    }

    private static TextPair text(CSVRecord row, List<Integer> columns) {
      return new TextPair(
          row.get(columns.getFirst()),
          columns.size() == 1 ? Optional.empty() : Optional.of(row.get(columns.get(1))));
    }

    private void add(CSVRecord row, CsvColumns columns) {
      long line = parser.getCurrentLineNumber();
      if (row.size() != columns.count()) {
        throw new DataException(
            "%s line %d: %d columns, expected %d as in the first line"
                .formatted(file, line, row.size(), columns.count()));
      }
      float[] features = new float[columns.features().size()];
      boolean complete = true;
      for (int i = 0; i < features.length; i++) {
        int column = columns.features().get(i);
        features[i] = number(i, row.get(column), line, columns.name(column));
        complete &= !Float.isNaN(features[i]);
      }
      String label = columns.label().isPresent() ? row.get(columns.label().getAsInt()) : "";
      if (columns.label().isPresent() && cells.isMissing(label)) {
        complete = false;
        requireAllowed(
            treatment.missing() == Missing.DROP,
            line,
            columns.name(columns.label().getAsInt()),
            "drop");
      }
      if (complete || fills()) {
        rows.add(features);
        lines.add(line);
        if (!columns.texts().isEmpty()) {
          texts.add(text(row, columns.texts()));
        }
        if (columns.label().isPresent()) {
          labels.add(label);
        }
      }
    }

    private float number(int feature, String cell, long line, String column) {
      if (cells.isMissing(cell)) {
        requireAllowed(treatment.missing() != Missing.ERROR, line, column, "drop or missing=mean");
        return Float.NaN;
      }
      OptionalInt category = categories.number(feature, cell, line, column);
      if (category.isPresent()) {
        return category.getAsInt();
      }
      return cells
          .number(cell)
          .orElseThrow(() ->
              new DataException(
                  "%s line %d: column '%s' is '%s', not a number; %s%s"
                      .formatted(
                          file,
                          line,
                          column,
                          cell,
                          cells.wayOut(cell, column),
                          cells.isPlainText(cell) ? categories.wayOut(column) : "")));
    }

    private boolean fills() {
      return treatment.missing() == Missing.MEAN || treatment.missing() == Missing.OWN;
    }

    private void requireAllowed(boolean allowed, long line, String column, String wayOut) {
      if (!allowed) {
        throw new DataException(
            "%s line %d: column '%s' has no value; missing=%s allows that"
                .formatted(file, line, column, wayOut));
      }
    }
  }
}
