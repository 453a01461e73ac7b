package dev.swage.compress.probe;

import dev.swage.data.DataSource;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.RunException;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;

/** Draws inputs of one kind, always the same of the same kind. */
final class ProbeDraw {
  private static final int PICTURE_RANK = 4;
  private static final int LEAST_SIDE = 16;
  private static final double WHITE = 255;

  private final List<ValueInfo> feeds;
  private final ProbeSizes sizes;
  private final ProbeFloats floats;
  private final ProbeIntegers integers;
  private final ValueRanges known;
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
  private int pictures;

  ProbeDraw(
      List<ValueInfo> feeds,
      ProbeSizes sizes,
      ProbeFloats floats,
      ProbeIntegers integers,
      ValueRanges known) {
    this.feeds = feeds;
    this.sizes = sizes;
    this.floats = floats;
    this.integers = integers;
    this.known = known;
  }

  /** Whether an input may be a picture: of one or three channels, at least 16 pixels wide. */
  static boolean hasPictures(List<ValueInfo> feeds, ProbeSizes sizes) {
    return feeds.stream()
        .anyMatch(feed -> isPictured(feed) && picture(sizes.shape(feed)).isPresent());
  }

  private static boolean isPictured(ValueInfo feed) {
    return feed.dtype().filter(type -> type.isFloat() || type == DType.UINT8).isPresent();
  }

  /** The next input: a tensor for each of the model's. */
  List<Tensor> next() {
    return feeds.stream().map(this::draw).toList();
  }

  private Tensor draw(ValueInfo feed) {
    DType dtype =
        feed.dtype()
            .orElseThrow(
                () -> new RunException("input '%s' has no element type".formatted(feed.name())));
    Shape shape = sizes.shape(feed);
    Optional<Picture> picture = isPictured(feed) ? picture(shape) : Optional.empty();
    double[] values =
        dtype.isFloat() ? floats(feed, shape, picture) : integers(feed, shape, picture);
    return Elements.tensor(dtype, shape, values);
  }

  private double[] floats(ValueInfo feed, Shape shape, Optional<Picture> picture) {
    ProbeFloats how =
        Optional.ofNullable(known.of().get(feed.name())).map(floats::within).orElse(floats);
    boolean pictured = how.form() == ProbeFloats.Form.PICTURE;
    if (pictured && picture.isPresent()) {
      double[] values = pixels(picture.get());
      Arrays.setAll(values, i -> how.value(values[i] / WHITE));
      return values;
    }
    // Inputs beside a picture.
    ProbeFloats other =
        pictured && !known.of().containsKey(feed.name()) ? ProbeFloats.normal() : how;
    double[] values = new double[Math.toIntExact(shape.elements())];
    Arrays.setAll(
        values,
        i ->
            other.value(
                other.form() == ProbeFloats.Form.NORMAL
                    ? random.nextGaussian()
                    : random.nextDouble()));
    return values;
  }

  private double[] integers(ValueInfo feed, Shape shape, Optional<Picture> picture) {
    ProbeIntegers.Span span = integers.span(feed);
    if (picture.isPresent() && span.high() == (long) WHITE) {
      return pixels(picture.get());
    }
    double[] values = new double[Math.toIntExact(shape.elements())];
    Arrays.setAll(values, i -> random.nextLong(span.low(), span.high() + 1));
    return values;
  }

  /** A shape as that of pictures. */
  private record Picture(long count, long channels, long height, long width, boolean last) {}

  private static Optional<Picture> picture(Shape shape) {
    if (shape.rank() != PICTURE_RANK) {
      return Optional.empty();
    }
    long[] dims = shape.toArray();
    boolean first = isColour(dims[1]);
    if (!first && !isColour(dims[3])) {
      return Optional.empty();
    }
    Picture picture =
        first
            ? new Picture(dims[0], dims[1], dims[2], dims[3], false)
            : new Picture(dims[0], dims[3], dims[1], dims[2], true);
    return Math.min(picture.height(), picture.width()) < LEAST_SIDE || picture.count() == 0
        ? Optional.empty()
        : Optional.of(picture);
  }

  private static boolean isColour(long channels) {
    return channels == 1 || channels == 3;
  }

  /** From 0 to 255. */
  private double[] pixels(Picture picture) {
    int count = Math.toIntExact(picture.count());
    DataSource source =
        DataSource.open(
            String.format(
                Locale.ROOT,
                "random:1x%dx%dx%d?dist=photo&scale=1&n=%d",
                picture.channels(),
                picture.height(),
                picture.width(),
                pictures + count));
    double[] pixels = new double[0];
    for (int i = 0; i < count; i++) {
      double[] one = Elements.of(source.batch(pictures++).inputs().getFirst()).orElseThrow();
      int from = pixels.length;
      pixels = Arrays.copyOf(pixels, from + one.length);
      int area = one.length / Math.toIntExact(picture.channels());
      for (int at = 0; at < one.length; at++) {
        int to = picture.last() ? at % area * (one.length / area) + at / area : at;
        pixels[from + to] = one[at];
      }
    }
    return pixels;
  }

  /** How they are drawn, in words. */
  String describe() {
    Map<Boolean, List<ValueInfo>> byKind =
        feeds.stream()
            .collect(
                Collectors.partitioningBy(feed -> feed.dtype().filter(DType::isFloat).isPresent()));
    List<ValueInfo> decimals = byKind.getOrDefault(true, List.of());
    boolean ranged = decimals.stream().anyMatch(feed -> known.of().containsKey(feed.name()));
    String values =
        decimals.isEmpty() ? "" : ranged ? "values in " + known.origin() : floats.describe();
    String whole =
        byKind.getOrDefault(false, List.of()).isEmpty()
            ? ""
            : String.format(Locale.ROOT, "integers up to %d", integers.largest());
    return values.isEmpty() || whole.isEmpty() ? values + whole : values + ", " + whole;
  }
}
