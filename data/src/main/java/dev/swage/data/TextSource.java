package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A text as parallel streams: it is cut into {@code streams} parts of equal length, each part into
 * windows of {@code length} units. Sample {@code w·streams + s} is window {@code w} of stream
 * {@code s}, so that it continues sample {@code w·streams + s − streams}, and a batch of {@code
 * streams} samples continues the batch before. Targets are the units that follow. Units that fill
 * no window are left out.
 */
final class TextSource implements DataSource {
  private static final int LENGTH = 64;
  private static final int STREAMS = 32;
  private static final int MOST_WORDS = 10_000;
  private static final float[] FRACTIONS = {0.9f, 0, 0.1f};

  private final String name;
  private final TextUnit unit;
  private final Vocabulary vocabulary;
  private final int[] numbers;
  private final int length;
  private final int streams;
  private final int streamLength;

  private TextSource(Options options, TextUnit unit, Vocabulary vocabulary, List<String> units) {
    this.name = options.name();
    this.unit = unit;
    this.vocabulary = vocabulary;
    this.numbers = units.stream().mapToInt(vocabulary::number).toArray();
    this.length = options.count("length", 1).orElse(LENGTH);
    this.streams = options.count("streams", 1).orElse(STREAMS);
    this.streamLength = (numbers.length - 1) / streams;
    if (streamLength < length) {
      throw new DataException(
          "%s: %d units in %d streams are %d each, one window needs %d and its successor; use fewer streams or a smaller length"
              .formatted(name, numbers.length, streams, Math.max(0, streamLength), length));
    }
  }

  static DataSource open(Path file, Options options, Optional<DataSchema> model) {
    Optional<DataSchema> known = model.filter(schema -> schema.textUnit().isPresent());
    TextUnit natural = known.flatMap(DataSchema::textUnit).orElse(TextUnit.CHAR);
    TextUnit unit = options.choice("unit", TextUnit.class).orElse(natural);
    if (known.isPresent() && unit != natural) {
      throw options.wrong("unit", natural.name().toLowerCase(Locale.ROOT) + ", as of the model");
    }
    List<String> all = unit.cut(read(file, options));
    Vocabulary vocabulary =
        known.isPresent()
            ? Vocabulary.of(known.get().classNames())
            : vocabulary(unit, all, options);
    Part part = Part.of(options.split(), all.size(), options);
    List<String> units = all.subList(part.from(), part.to());
    if (unit == TextUnit.CHAR) {
      requireKnown(units, vocabulary, file);
    }
    return new TextSource(options, unit, vocabulary, units);
  }

  private static Vocabulary vocabulary(TextUnit unit, List<String> all, Options options) {
    Part training = Part.of(Optional.of(Split.TRAIN), all.size(), options);
    return unit == TextUnit.CHAR
        ? Vocabulary.ofCharacters(all)
        : Vocabulary.ofWords(
            all.subList(training.from(), training.to()),
            options.count("vocabulary", 1).orElse(MOST_WORDS));
  }

  private static void requireKnown(List<String> units, Vocabulary vocabulary, Path file) {
    for (String unit : units) {
      if (!vocabulary.has(unit)) {
        throw new DataException(
            "%s: the character '%s' (U+%04X) is none of the %d that the model knows; take it out of the text, or train on a text that has it"
                .formatted(file, unit, unit.codePointAt(0), vocabulary.units().size()));
      }
    }
  }

  private static String read(Path file, Options options) {
    if (Files.isDirectory(file)) {
      throw new DataException(
          "%s: %s is a folder, expected a text file".formatted(options.name(), file));
    }
    try (InputStream in = FileBytes.open(file)) {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(in.readAllBytes()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new DataException("%s: %s is not UTF-8 text".formatted(options.name(), file), e);
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  /** Units {@code from ≤ i < to} of a text; without a split all of them. */
  private record Part(int from, int to) {
    static Part of(Optional<Split> split, int size, Options options) {
      float[] fractions = options.numbers("fractions").orElse(FRACTIONS);
      double sum = 0;
      for (float fraction : fractions) {
        sum += fraction < 0 ? Double.NaN : fraction;
      }
      if (fractions.length != 3 || !(Math.abs(sum - 1) < 1e-5)) {
        throw options.wrong("fractions", "three numbers from 0 to 1 that sum to 1");
      }
      int trainEnd = (int) Math.round(size * (double) fractions[0]);
      int testStart = Math.min(size, trainEnd + (int) Math.round(size * (double) fractions[1]));
      return switch (split.orElse(null)) {
        case null -> new Part(0, size);
        case TRAIN -> new Part(0, trainEnd);
        case VALIDATION -> new Part(trainEnd, testStart);
        case TEST -> new Part(testStart, size);
      };
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return streamLength / length * streams;
  }

  @Override
  public List<Shape> inputShapes() {
    return List.of(Shape.of(length));
  }

  @Override
  public OptionalInt classes() {
    return OptionalInt.of(vocabulary.units().size());
  }

  @Override
  public List<String> classNames() {
    return vocabulary.units();
  }

  @Override
  public DataSchema schema() {
    return DataSchema.ofText(unit, vocabulary.units());
  }

  @Override
  public OptionalInt streams() {
    return OptionalInt.of(streams);
  }

  @Override
  public Optional<TextUnit> textUnit() {
    return Optional.of(unit);
  }

  @Override
  public Batch batch(int... indices) {
    long[] inputs = new long[indices.length * length];
    long[] targets = new long[inputs.length];
    for (int i = 0; i < indices.length; i++) {
      int index = Objects.checkIndex(indices[i], size());
      int start = index % streams * streamLength + index / streams * length;
      for (int t = 0; t < length; t++) {
        inputs[i * length + t] = numbers[start + t];
        targets[i * length + t] = numbers[start + t + 1];
      }
    }
    Shape shape = Shape.of(indices.length, length);
    return new Batch(
        List.of(Tensor.ofLongs(shape, inputs)), Optional.of(Tensor.ofLongs(shape, targets)));
  }
}
