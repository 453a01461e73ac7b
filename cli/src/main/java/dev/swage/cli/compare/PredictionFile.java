package dev.swage.cli.compare;

import dev.swage.cli.console.OutputException;
import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.files.AtomicFile;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.score.Prediction;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * What a model says of each sample, as a table: {@code row} (from 1), {@code class} and the
 * probability of each class; or {@code row} and the values of a model of values.
 */
final class PredictionFile {
  private PredictionFile() {}

  static void write(Path file, Path model, DataSource data, RunOptions options) {
    try (ModelSession session = ModelSession.open(model, options.session())) {
      ModelFile read = ModelFile.read(model);
      List<Prediction> predictions =
          Prediction.of(session, data, options.batch(), read.outputKind());
      List<String> names = names(read.schema(), data);
      AtomicFile.write(
          file,
          out -> {
            Writer text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            print(predictions, names, text);
            text.flush();
          });
    } catch (IOException e) {
      throw new OutputException(
          "%s: cannot be written: %s".formatted(file, AtomicFile.reason(e)), e);
    }
  }

  private static List<String> names(DataSchema known, DataSource data) {
    return known.classNames().isEmpty() ? data.classNames() : known.classNames();
  }

  private static void print(List<Prediction> predictions, List<String> names, Writer out)
      throws IOException {
    CSVFormat format = CSVFormat.DEFAULT.builder().setRecordSeparator('\n').get();
    CSVPrinter table = new CSVPrinter(out, format);
    table.printRecord(header(predictions.getFirst(), names));
    for (int i = 0; i < predictions.size(); i++) {
      Prediction prediction = predictions.get(i);
      List<Object> cells = new ArrayList<>();
      cells.add(i + 1);
      prediction.classIndex().ifPresent(index -> cells.add(name(names, index)));
      prediction.numbers().forEach(number -> cells.add(number.floatValue()));
      table.printRecord(cells);
    }
  }

  private static List<String> header(Prediction first, List<String> names) {
    List<String> header = new ArrayList<>(List.of("row"));
    int count = first.numbers().size();
    if (first.classIndex().isPresent()) {
      header.add("class");
      for (int i = 0; i < count; i++) {
        header.add("p(%s)".formatted(name(names, i)));
      }
    } else {
      for (int i = 0; i < count; i++) {
        header.add(count == 1 ? "value" : "value " + i);
      }
    }
    return header;
  }

  private static String name(List<String> names, int index) {
    return index < names.size() ? names.get(index) : Integer.toString(index);
  }
}
