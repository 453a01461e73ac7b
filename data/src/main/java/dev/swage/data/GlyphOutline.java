package dev.swage.data;

import java.util.ArrayList;
import java.util.List;

/**
 * One way to write a digit: the middle line of its strokes as cubic curves, in a box 60 wide and
 * 100 high with y pointing down.
 */
final class GlyphOutline {
  static final double WIDTH = 60;
  static final double HEIGHT = 100;

  /**
   * Ways to write 0 … 9, in a small language: M x y begins a stroke, L x y goes on straight, C and
   * three points go on along a cubic curve.
   */
  private static final String[][] WAYS = {
    {
      "M 30 0 C 66 0 66 100 30 100 C -6 100 -6 0 30 0",
      "M 40 4 C 4 -8 -6 104 28 100 C 62 98 66 2 34 2"
    },
    {"M 31 0 L 30 100", "M 12 22 L 33 0 L 32 100", "M 14 20 L 32 0 L 32 100 M 12 100 L 52 100"},
    {
      "M 5 25 C 8 -8 58 -8 55 28 C 53 52 20 72 4 100 L 58 99",
      "M 6 22 C 14 -10 62 0 50 34 C 44 58 10 84 4 98 C 18 82 38 106 58 94"
    },
    {
      "M 6 14 C 20 -8 58 0 52 26 C 50 40 38 47 24 47 C 44 47 58 56 56 74 C 52 106 14 106 4 86",
      "M 6 2 L 52 2 L 26 42 C 48 40 60 58 56 74 C 52 104 16 108 4 88"
    },
    {"M 42 100 L 42 0 L 2 68 L 58 67", "M 12 0 L 6 52 L 56 51 M 45 14 L 43 100"},
    {
      "M 52 2 L 12 3 L 8 44 C 24 32 56 36 56 68 C 56 104 16 108 4 88",
      "M 50 0 C 38 6 24 2 14 4 C 12 20 10 30 8 46 C 30 30 58 44 54 72 C 50 102 20 104 4 94"
    },
    {
      "M 48 4 C 20 10 4 44 4 70 C 4 106 56 108 56 72 C 56 42 14 42 5 70",
      "M 30 0 C 16 30 4 56 6 78 C 10 106 54 106 54 78 C 54 54 18 52 8 74"
    },
    {
      "M 4 2 L 56 2 L 22 100",
      "M 4 3 L 55 2 C 40 30 26 60 24 100 M 14 54 L 50 52",
      "M 4 16 C 6 0 14 2 24 4 C 36 6 46 4 56 0 C 42 36 30 64 26 100"
    },
    {
      "M 30 48 C -2 40 2 0 30 0 C 58 0 62 40 30 48 C -8 56 -4 100 30 100 C 64 100 68 56 30 48",
      "M 50 14 C 36 -10 0 0 8 24 C 14 46 54 52 54 76 C 52 108 6 108 6 78 C 6 54 46 46 51 16"
    },
    {
      "M 54 30 C 50 62 4 60 5 28 C 6 -10 56 -8 55 28 C 55 60 52 84 40 100",
      "M 54 32 C 46 62 4 58 5 28 C 6 -8 54 -8 54 26 L 50 100"
    }
  };

  private static final List<List<GlyphOutline>> DIGITS = parseAll();

  private final List<double[]> curves;

  private GlyphOutline(List<double[]> curves) {
    this.curves = curves;
  }

  /** The ways to write a digit. */
  static List<GlyphOutline> of(int digit) {
    return DIGITS.get(digit);
  }

  /** Start, two controls and end of each curve as x, y pairs; not copies. */
  List<double[]> curves() {
    return curves;
  }

  private static List<List<GlyphOutline>> parseAll() {
    List<List<GlyphOutline>> digits = new ArrayList<>();
    for (String[] ways : WAYS) {
      List<GlyphOutline> outlines = new ArrayList<>();
      for (String way : ways) {
        outlines.add(parse(way.split(" ")));
      }
      digits.add(List.copyOf(outlines));
    }
    return List.copyOf(digits);
  }

  private static GlyphOutline parse(String[] words) {
    List<double[]> curves = new ArrayList<>();
    double x = 0;
    double y = 0;
    int at = 0;
    while (at < words.length) {
      String command = words[at];
      int points = command.equals("C") ? 3 : 1;
      double[] p = new double[2 * points];
      for (int i = 0; i < p.length; i++) {
        p[i] = Double.parseDouble(words[at + 1 + i]);
      }
      at += 1 + p.length;
      double endX = p[p.length - 2];
      double endY = p[p.length - 1];
      switch (command) {
        case "M" -> {}
        case "L" ->
            curves.add(
                new double[] {
                  x,
                  y,
                  (2 * x + endX) / 3,
                  (2 * y + endY) / 3,
                  (x + 2 * endX) / 3,
                  (y + 2 * endY) / 3,
                  endX,
                  endY
                });
        case "C" -> curves.add(new double[] {x, y, p[0], p[1], p[2], p[3], endX, endY});
        default -> throw new IllegalStateException("unknown command " + command);
      }
      x = endX;
      y = endY;
    }
    return new GlyphOutline(List.copyOf(curves));
  }
}
