package dev.swage.data;

import dev.swage.data.token.Tokenizer;
import dev.swage.data.token.TokenizerException;
import dev.swage.data.token.TokenizerFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Texts with their targets, whatever file they are in, as the keys {@code tokenizer}, {@code
 * length}, {@code vocabulary} and {@code pad} say, or as the model knows them.
 */
final class LabelledTexts {
  /** Keys of every format that has such texts. */
  static final List<String> KEYS = List.of("tokenizer", "length", "vocabulary", "pad", "side");

  private static final String WORDS = "words";
  private static final int MOST_WORDS = 10_000;
  private static final int LONGEST = 1 << 20;
  private static final int USUAL_LENGTH = 128;

  private enum Pad {
    LONGEST,
    LENGTH
  }

  /** Where padding stands. */
  private enum Side {
    RIGHT,
    LEFT
  }

  private LabelledTexts() {}

  /** What a file holds. */
  record Found(
      TextRows texts,
      Optional<Rows> numbers,
      Targets targets,
      List<String> columns,
      List<String> features,
      Optional<String> label) {}

  static DataSource open(Found found, Options options, Optional<DataSchema> model) {
    Optional<TextEncoding> known = model.flatMap(DataSchema::texts);
    boolean words = options.text("tokenizer").map(WORDS::equals).orElse(known.isEmpty());
    if (options.text("tokenizer").isEmpty() && known.isPresent()) {
      words = known.get().isOfWords();
    }
    OptionalInt length = length(options, known);
    Tokenizer tokenizer;
    TextEncoding encoding;
    if (words) {
      List<String> all = words(found.texts(), options, known);
      tokenizer = new WordTokenizer(all, length.orElse(USUAL_LENGTH));
      encoding = new TextEncoding(found.columns(), "", all, tokenizer.length());
    } else {
      TokenizerFile file = file(options, length, found.columns().size() == 2);
      tokenizer = file;
      encoding = new TextEncoding(found.columns(), file.hash(), List.of(), file.length());
      known.ifPresent(trained -> requireSame(trained, encoding, options));
    }
    boolean padded = options.choice("pad", Pad.class).orElse(Pad.LONGEST) == Pad.LENGTH;
    DataSchema schema =
        model
            .filter(each -> each.texts().isPresent())
            .map(each -> each.withTargets(found.targets().classNames(), found.label()))
            .orElseGet(() -> schema(found, encoding));
    return Partition.apply(
        new EncodedTexts(
            options.name(),
            found.texts(),
            tokenizer,
            found.numbers(),
            found.targets(),
            schema,
            TokenInputs.usual(found.numbers().isPresent()),
            tokenizer.length(),
            padded,
            options.choice("side", Side.class).orElse(Side.RIGHT) == Side.LEFT),
        options);
  }

  private static DataSchema schema(Found found, TextEncoding encoding) {
    return new DataSchema(
        found.targets().classNames(),
        Optional.empty(),
        found.features(),
        found.label(),
        Optional.empty(),
        Optional.of(encoding),
        Optional.empty(),
        Optional.empty());
  }

  private static OptionalInt length(Options options, Optional<TextEncoding> known) {
    OptionalInt length = options.count("length", 1);
    if (length.isPresent() && length.getAsInt() > LONGEST) {
      throw options.wrong("length", "at most %d tokens".formatted(LONGEST));
    }
    return length.isEmpty() && known.isPresent() ? OptionalInt.of(known.get().length()) : length;
  }

  private static List<String> words(TextRows texts, Options options, Optional<TextEncoding> known) {
    if (known.isPresent()) {
      if (!known.get().isOfWords()) {
        throw options.wrong("tokenizer", "the tokenizer.json that the model was trained with");
      }
      return known.get().words();
    }
    int[] training =
        options.split().isPresent()
            ? Partition.of(texts.size(), options).rows(Split.TRAIN)
            : IntStream.range(0, texts.size()).toArray();
    return WordTokenizer.vocabulary(
        texts, training, options.count("vocabulary", 1).orElse(MOST_WORDS));
  }

  private static TokenizerFile file(Options options, OptionalInt length, boolean pairs) {
    if (options.text("vocabulary").isPresent()) {
      throw options.wrong("vocabulary", "to be absent: the tokenizer.json has the vocabulary");
    }
    Path file =
        options
            .file("tokenizer")
            .orElseThrow(() ->
                new DataException(
                    "%s: the model was trained with a tokenizer.json; say tokenizer=FILE"
                        .formatted(options.name())));
    try {
      return TokenizerFile.open(file, length, pairs);
    } catch (TokenizerException e) {
      throw new DataException("%s: %s".formatted(options.name(), e.getMessage()), e);
    }
  }

  private static void requireSame(TextEncoding model, TextEncoding now, Options options) {
    if (!model.cutsAs(now)) {
      throw new DataException(
          "%s: the model was trained with %s, and this tokenizer.json is another; use the one of the training"
              .formatted(
                  options.name(),
                  model.isOfWords()
                      ? String.format(Locale.ROOT, "%,d words", model.words().size())
                      : "the tokenizer.json of SHA-256 "
                          + model.tokenizer().substring(0, 12)
                          + "…"));
    }
  }
}
