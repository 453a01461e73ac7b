package dev.swage.compress.probe;

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
  private static final double WHITE = 255;

  private final List<ValueInfo> feeds;
  private final ProbeSizes sizes;
  private final ProbeFloats floats;
  private final ProbeIntegers integers;
  private final ValueRanges known;
  private final ProbePictures pictures;
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
  private int drawn;

  ProbeDraw(
      List<ValueInfo> feeds,
      ProbeSizes sizes,
      ProbeFloats floats,
      ProbeIntegers integers,
      ValueRanges known,
      ProbePictures pictures) {
    this.pictures = pictures;
    this.feeds = feeds;
    this.sizes = sizes;
    this.floats = floats;
    this.integers = integers;
    this.known = known;
  }

  /** Whether an input may be a picture. */
  static boolean hasPictures(List<ValueInfo> feeds, ProbeSizes sizes) {
    return feeds.stream().anyMatch(feed -> picture(feeds, feed, sizes.shape(feed)).isPresent());
  }

  /**
   * Of three channels, or of one where there is no other input like it: caches of a recurrent model
   * may look like grey pictures.
   */
  private static Optional<ProbePictures.Form> picture(
      List<ValueInfo> feeds, ValueInfo feed, Shape shape) {
    boolean alone = feeds.stream().filter(ProbeDraw::isPictured).count() == 1;
    return isPictured(feed)
        ? ProbePictures.form(shape).filter(form -> form.channels() > 1 || alone)
        : Optional.empty();
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
    Optional<ProbePictures.Form> picture = picture(feeds, feed, shape);
    double[] values =
        dtype.isFloat() ? floats(feed, shape, picture) : integers(feed, shape, picture);
    return Elements.tensor(dtype, shape, values);
  }

  private double[] floats(ValueInfo feed, Shape shape, Optional<ProbePictures.Form> picture) {
    ProbeFloats how =
        Optional.ofNullable(known.of().get(feed.name())).map(floats::within).orElse(floats);
    boolean pictured = how.form() == ProbeFloats.Form.PICTURE;
    if (pictured && picture.isPresent()) {
      return Arrays.stream(pictures.draw(picture.get(), drawn++))
          .map(pixel -> how.value(pixel / WHITE))
          .toArray();
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

  private double[] integers(ValueInfo feed, Shape shape, Optional<ProbePictures.Form> picture) {
    ProbeIntegers.Span span = integers.span(feed);
    if (picture.isPresent() && span.high() == (long) WHITE) {
      return pictures.draw(picture.get(), drawn++).clone();
    }
    double[] values = new double[Math.toIntExact(shape.elements())];
    Arrays.setAll(values, i -> random.nextLong(span.low(), span.high() + 1));
    return values;
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
