package dev.swage.data;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.Arrays;
import java.util.List;

/**
 * Draws digits as a hand might: every image takes one way to write the digit, moves its points,
 * bends its curves, then slants, turns, stretches and shifts the whole, and draws it with a pen of
 * some width and darkness over stray marks, under noise. All chance comes from the image's seed, in
 * arithmetic that is the same everywhere; the antialiased rasterizing is Java2D's.
 *
 * <p>Not for use by several threads: each keeps a pen of its own.
 */
final class GlyphPen {
  private static final double WOBBLE = 3.2;

  private final int size;
  private final Graphics2D graphics;
  private final int[] pixels;

  GlyphPen(int size) {
    this.size = size;
    BufferedImage canvas = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    pixels = ((DataBufferInt) canvas.getRaster().getDataBuffer()).getData();
    graphics = canvas.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
  }

  /** Draws one digit into size² bytes from {@code offset}, row by row, 0 for the paper. */
  void draw(int digit, long seed, byte[] into, int offset) {
    SeededRandom random = new SeededRandom(seed);
    Arrays.fill(pixels, 0);
    int marks = random.below(3);
    for (int i = 0; i < marks; i++) {
      mark(random);
    }
    List<GlyphOutline> ways = GlyphOutline.of(digit);
    stroke(path(ways.get(random.below(ways.size())), random), random.uniform(1.5, 3.6), random);
    double noise = random.uniform(0, 0.16) * 255;
    for (int i = 0; i < pixels.length; i++) {
      double value = (pixels[i] & 0xFF) + noise * random.roughlyGaussian();
      into[offset + i] = (byte) Math.round(Math.clamp(value, 0, 255));
    }
  }

  /** A short line that belongs to no digit. */
  private void mark(SeededRandom random) {
    double x = random.uniform(0, size);
    double y = random.uniform(0, size);
    Path2D line = new Path2D.Double();
    line.moveTo(x, y);
    line.lineTo(x + random.gaussian() * size / 9, y + random.gaussian() * size / 9);
    stroke(line, random.uniform(0.8, 1.8), random);
  }

  private void stroke(Path2D path, double width, SeededRandom random) {
    int ink = 140 + random.below(116);
    graphics.setColor(new Color(ink, ink, ink));
    graphics.setStroke(
        new BasicStroke(
            (float) (width * size / 28), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    graphics.draw(path);
  }

  private Path2D path(GlyphOutline outline, SeededRandom random) {
    Placement placement = Placement.random(size, random);
    double bend = random.uniform(0.75, 1.25);
    Path2D path = new Path2D.Double();
    double[] last = {Double.NaN, Double.NaN};
    double[] moved = new double[2];
    for (double[] curve : outline.curves()) {
      double[] p = bent(curve, bend, random);
      if (curve[0] != last[0] || curve[1] != last[1]) {
        placement.move(p[0], p[1], moved);
        path.moveTo(moved[0], moved[1]);
      }
      double[] q = new double[6];
      for (int i = 0; i < 3; i++) {
        placement.move(p[2 + 2 * i], p[3 + 2 * i], moved);
        q[2 * i] = moved[0];
        q[2 * i + 1] = moved[1];
      }
      path.curveTo(q[0], q[1], q[2], q[3], q[4], q[5]);
      last = new double[] {curve[6], curve[7]};
    }
    return path;
  }

  /** The curve with its distance from the chord multiplied and its points moved a little. */
  private static double[] bent(double[] curve, double bend, SeededRandom random) {
    double[] p = curve.clone();
    for (int i = 0; i < 2; i++) {
      double chord1 = (2 * curve[i] + curve[6 + i]) / 3;
      double chord2 = (curve[i] + 2 * curve[6 + i]) / 3;
      p[2 + i] = chord1 + bend * (curve[2 + i] - chord1);
      p[4 + i] = chord2 + bend * (curve[4 + i] - chord2);
    }
    for (int i = 0; i < p.length; i++) {
      p[i] += WOBBLE * random.gaussian();
    }
    return p;
  }

  /** From the outline's box to pixels: {@code (x, y) ↦ (a·x + b·y + c, d·x + e·y + f)}. */
  private record Placement(double a, double b, double c, double d, double e, double f) {
    static Placement random(int size, SeededRandom random) {
      double height = random.uniform(0.52, 0.76) * size / GlyphOutline.HEIGHT;
      double width = height * random.uniform(0.7, 1.25);
      double slant = random.uniform(-0.35, 0.35);
      double turn = random.uniform(-0.26, 0.26);
      double centreX = size / 2.0 + random.uniform(-0.09, 0.09) * size;
      double centreY = size / 2.0 + random.uniform(-0.09, 0.09) * size;
      double cos = StrictMath.cos(turn);
      double sin = StrictMath.sin(turn);
      double a = cos * width;
      double b = -(cos * slant + sin) * height;
      double d = sin * width;
      double e = (cos - sin * slant) * height;
      double middleX = GlyphOutline.WIDTH / 2;
      double middleY = GlyphOutline.HEIGHT / 2;
      return new Placement(
          a, b, centreX - a * middleX - b * middleY, d, e, centreY - d * middleX - e * middleY);
    }

    void move(double x, double y, double[] to) {
      to[0] = a * x + b * y + c;
      to[1] = d * x + e * y + f;
    }
  }
}
