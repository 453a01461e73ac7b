package dev.swage.compress.probe;

import dev.swage.data.DataSource;
import dev.swage.tensor.Shape;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Made-up pictures with the statistics of photographs, each painted once. */
final class ProbePictures {
  private static final int RANK = 4;
  private static final int LEAST_SIDE = 16;

  private final Map<Key, double[]> painted = new HashMap<>();

  private record Key(Form form, int number) {}

  /**
   * A shape as that of pictures.
   *
   * @param last whether the channels come last
   */
  record Form(long count, long channels, long height, long width, boolean last) {}

  /** Of one or three channels, first or last, at least 16 pixels high and wide. */
  static Optional<Form> form(Shape shape) {
    if (shape.rank() != RANK) {
      return Optional.empty();
    }
    long[] dims = shape.toArray();
    boolean first = isColour(dims[1]);
    if (!first && !isColour(dims[3])) {
      return Optional.empty();
    }
    Form form =
        first
            ? new Form(dims[0], dims[1], dims[2], dims[3], false)
            : new Form(dims[0], dims[3], dims[1], dims[2], true);
    return Math.min(form.height(), form.width()) < LEAST_SIDE || form.count() == 0
        ? Optional.empty()
        : Optional.of(form);
  }

  private static boolean isColour(long channels) {
    return channels == 1 || channels == 3;
  }

  /** Pixels from 0 to 255 of the pictures with this number; not to be changed. */
  double[] draw(Form form, int number) {
    return painted.computeIfAbsent(new Key(form, number), ProbePictures::paint);
  }

  private static double[] paint(Key key) {
    Form form = key.form();
    int count = Math.toIntExact(form.count());
    DataSource source =
        DataSource.open(
            String.format(
                Locale.ROOT,
                "random:1x%dx%dx%d?dist=photo&scale=1&n=%d",
                form.channels(),
                form.height(),
                form.width(),
                (key.number() + 1) * count));
    int area = Math.toIntExact(form.height() * form.width());
    int channels = Math.toIntExact(form.channels());
    double[] pixels = new double[count * channels * area];
    for (int picture = 0; picture < count; picture++) {
      double[] one =
          Elements.of(source.batch(key.number() * count + picture).inputs().getFirst())
              .orElseThrow();
      for (int at = 0; at < one.length; at++) {
        int to = form.last() ? at % area * channels + at / area : at;
        pixels[picture * one.length + to] = one[at];
      }
    }
    return pixels;
  }
}
