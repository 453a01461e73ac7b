package dev.swage.data;

import dev.swage.data.TokenInputs.Feed;
import dev.swage.data.token.Tokenizer;
import dev.swage.data.token.TokenizerException;
import dev.swage.data.token.Tokens;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Texts as the numbers of their tokens, cut when a batch asks for them. The samples of a batch are
 * as long as the longest of them, or all as long as texts can be.
 *
 * @param numbers numbers beside the texts, one row a sample
 * @param padded whether all texts have the full length
 * @param fromLeft whether padding stands before the text
 */
record EncodedTexts(
    String name,
    TextRows texts,
    Tokenizer tokenizer,
    Optional<Rows> numbers,
    Targets targets,
    DataSchema schema,
    List<Feed> feeds,
    int fullLength,
    boolean padded,
    boolean fromLeft)
    implements DataSource {

  @Override
  public int size() {
    return texts.size();
  }

  @Override
  public List<Shape> inputShapes() {
    return feeds.stream()
        .map(
            feed -> feed.part().isOfTokens() ? Shape.of(fullLength) : numbers.orElseThrow().shape())
        .toList();
  }

  @Override
  public List<String> inputNames() {
    return feeds.stream().map(Feed::name).toList();
  }

  @Override
  public DataSource forInputs(List<ValueInfo> wanted) {
    if (wanted.isEmpty()) {
      return this;
    }
    List<Feed> given = TokenInputs.of(name, wanted, numbers.isPresent());
    OptionalLong fixed = TokenInputs.fixedLength(wanted);
    if (fixed.isPresent() && fixed.getAsLong() < tokenizer.length()) {
      throw new DataException(
          "%s: texts have up to %d tokens, the model takes %d; say length=%d"
              .formatted(name, tokenizer.length(), fixed.getAsLong(), fixed.getAsLong()));
    }
    boolean longer = fixed.isPresent() && fixed.getAsLong() <= 1 << 20;
    return new EncodedTexts(
        name,
        texts,
        tokenizer,
        numbers,
        targets,
        schema,
        given,
        longer ? (int) fixed.getAsLong() : fullLength,
        padded || longer,
        fromLeft);
  }

  @Override
  public Optional<TokenLimits> tokenLimits() {
    return Optional.of(new TokenLimits(tokenizer.vocabularySize(), fullLength));
  }

  @Override
  public boolean padsBatches() {
    return !padded;
  }

  @Override
  public OptionalInt classes() {
    int count = classNames().size();
    return count == 0 ? OptionalInt.empty() : OptionalInt.of(count);
  }

  @Override
  public List<String> classNames() {
    return targets.classNames();
  }

  @Override
  public Batch batch(int... indices) {
    Tokens[] tokens = new Tokens[indices.length];
    int length = padded ? fullLength : 1;
    for (int i = 0; i < indices.length; i++) {
      tokens[i] = encode(Objects.checkIndex(indices[i], size()));
      length = Math.max(length, tokens[i].count());
    }
    List<Tensor> inputs = new ArrayList<>();
    for (Feed feed : feeds) {
      inputs.add(
          feed.part().isOfTokens()
              ? stacked(feed, tokens, length)
              : MemorySource.stack(numbers.orElseThrow(), indices));
    }
    return new Batch(inputs, targets.at(indices));
  }

  private Tokens encode(int row) {
    TextPair text = texts.at(row);
    try {
      return tokenizer.encode(text.first(), text.second());
    } catch (TokenizerException e) {
      throw new DataException(texts.place(row) + ": " + e.getMessage(), e);
    }
  }

  private Tensor stacked(Feed feed, Tokens[] tokens, int length) {
    long[] values = new long[tokens.length * length];
    for (int i = 0; i < values.length; i++) {
      Tokens text = tokens[i / length];
      int begin = fromLeft ? length - text.count() : 0;
      values[i] = feed.part().at(text, i % length - begin, tokenizer.padding());
    }
    Shape shape = Shape.of(tokens.length, length);
    return switch (feed.dtype()) {
      case INT64 -> Tensor.ofLongs(shape, values);
      case INT32 -> {
        int[] narrow = new int[values.length];
        for (int i = 0; i < narrow.length; i++) {
          narrow[i] = Math.toIntExact(values[i]);
        }
        yield Tensor.ofInts(shape, narrow);
      }
      case FLOAT32 -> {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = values[i];
        }
        yield Tensor.ofFloats(shape, floats);
      }
      default -> throw new IllegalStateException("no tokens of type " + feed.dtype());
    };
  }
}
