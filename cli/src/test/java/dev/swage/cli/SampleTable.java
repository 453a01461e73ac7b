package dev.swage.cli;

import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Tables to train on: real ones, which tests skip where they are absent, and made ones. */
enum SampleTable {
  IRIS("iris.csv", 0.9),
  BANKNOTE("banknote_authentication.csv", 0.95),
  PIMA("pima-indians-diabetes.csv", 0.65),
  WINE("winequality-red.csv", 0.5),
  /** A header, words as classes, columns of magnitudes from 1e-4 to 1e4. */
  MADE("", 0.9),
  /** Numbers as classes, no header, missing values. */
  HOLES("", 0.9);

  private final String file;
  final double accuracy;

  SampleTable(String file, double accuracy) {
    this.file = file;
    this.accuracy = accuracy;
  }

  List<String> lines() throws IOException {
    return switch (this) {
      case MADE -> made(true, new String[] {"no, never", "maybe", "yes"}, Integer.MAX_VALUE);
      case HOLES -> made(false, new String[] {"10", "2", "-1"}, 7);
      default ->
          Files.readAllLines(SharedData.require("datasets/tabular").resolve(file)).stream()
              .filter(line -> !line.isBlank())
              .toList();
    };
  }

  String keys() {
    return this == HOLES ? "standardize=true&missing=mean" : "standardize=true";
  }

  boolean hasHeader() {
    return this == MADE;
  }

  private static List<String> made(boolean header, String[] classes, int holes) {
    Random random = new Random(11);
    List<String> lines = new ArrayList<>();
    if (header) {
      lines.add("large,small,noise,kind");
    }
    for (int row = 0; row < 240; row++) {
      int kind = row * classes.length / 240;
      double[] values = {
        10_000 + 700 * kind + 150 * random.nextGaussian(),
        1e-4 * (kind - 1) * (kind - 1) + 2e-5 * random.nextGaussian(),
        random.nextGaussian()
      };
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < values.length; i++) {
        boolean hole = (row + 3 * i) % holes == holes - 1;
        cells.add(hole ? "" : String.format(Locale.ROOT, "%.6g", values[i]));
      }
      String label = classes[kind];
      cells.add(label.contains(",") ? '"' + label + '"' : label);
      lines.add(String.join(",", cells));
    }
    return lines;
  }
}
