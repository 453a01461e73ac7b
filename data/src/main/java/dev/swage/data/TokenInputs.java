package dev.swage.data;

import dev.swage.data.token.Tokens;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What encoded texts give to the inputs of a model, which are known by their names. */
final class TokenInputs {
  private TokenInputs() {}

  /** What an input is given. */
  enum Part {
    INPUT_IDS("input_ids", "input_word_ids", "ids", "tokens", "token_ids"),
    ATTENTION_MASK("attention_mask", "input_mask", "mask"),
    TOKEN_TYPE_IDS("token_type_ids", "segment_ids", "input_type_ids", "segments"),
    POSITION_IDS("position_ids"),
    /** Numbers beside the texts. */
    FEATURES("features");

    private final List<String> names;

    Part(String... names) {
      this.names = List.of(names);
    }

    String usualName() {
      return names.getFirst();
    }

    /** The part for an input of this name: {@code input_ids}, {@code input_ids:0}. */
    static Optional<Part> of(String input) {
      String name = input.toLowerCase(Locale.ROOT).replaceFirst(":0$", "");
      for (Part part : values()) {
        if (part.names.contains(name)) {
          return Optional.of(part);
        }
      }
      return Optional.empty();
    }

    boolean isOfTokens() {
      return this != FEATURES;
    }

    /** The value at one place of a text; places before its begin and behind its end are padding. */
    long at(Tokens tokens, int place, long padding) {
      boolean inside = place >= 0 && place < tokens.count();
      return switch (this) {
        case INPUT_IDS -> inside ? tokens.id(place) : padding;
        case ATTENTION_MASK -> inside ? 1 : 0;
        case TOKEN_TYPE_IDS -> inside ? tokens.type(place) : 0;
        case POSITION_IDS -> Math.max(0, place);
        case FEATURES -> throw new IllegalStateException("no part of a text");
      };
    }
  }

  /** An input, what it is given, and in which type. */
  record Feed(Part part, String name, DType dtype) {}

  private static final Set<DType> TYPES = EnumSet.of(DType.INT64, DType.INT32, DType.FLOAT32);

  /** Without a model: all three of the encoders' inputs, and the numbers where there are some. */
  static List<Feed> usual(boolean numbers) {
    List<Feed> feeds = new ArrayList<>();
    for (Part part : List.of(Part.INPUT_IDS, Part.ATTENTION_MASK, Part.TOKEN_TYPE_IDS)) {
      feeds.add(new Feed(part, part.usualName(), DType.INT64));
    }
    if (numbers) {
      feeds.add(new Feed(Part.FEATURES, Part.FEATURES.usualName(), DType.FLOAT32));
    }
    return feeds;
  }

  /**
   * What the inputs of a model are given. An only input of another name is given the tokens.
   *
   * @throws DataException for an input that is not known, or of another type
   */
  static List<Feed> of(String data, List<ValueInfo> wanted, boolean numbers) {
    List<Feed> feeds = new ArrayList<>();
    for (ValueInfo input : wanted) {
      Optional<Part> part =
          Part.of(input.name()).filter(known -> known != Part.FEATURES || numbers);
      if (part.isEmpty() && wanted.size() == 1) {
        part = Optional.of(Part.INPUT_IDS);
      }
      if (part.isEmpty()) {
        throw new DataException(
            "%s: the model's input '%s' is nothing that encoded texts have; they have input_ids, attention_mask, token_type_ids, position_ids%s"
                .formatted(data, input.name(), numbers ? ", features" : ""));
      }
      feeds.add(new Feed(part.get(), input.name(), dtype(data, input, part.get())));
    }
    return feeds;
  }

  private static DType dtype(String data, ValueInfo input, Part part) {
    DType natural = part.isOfTokens() ? DType.INT64 : DType.FLOAT32;
    DType type = input.dtype().orElse(natural);
    if (!TYPES.contains(type) || (!part.isOfTokens() && type != natural)) {
      throw new DataException(
          "%s: the model's input '%s' is of type %s, %s is given as %s"
              .formatted(
                  data,
                  input.name(),
                  type,
                  part.usualName(),
                  part.isOfTokens() ? "INT64, INT32 or FLOAT32" : natural));
    }
    return type;
  }

  /** The length that a model fixes for its texts. */
  static OptionalLong fixedLength(List<ValueInfo> wanted) {
    for (ValueInfo input : wanted) {
      List<ValueInfo.Dim> dims = input.dims().orElse(List.of());
      boolean tokens = Part.of(input.name()).map(Part::isOfTokens).orElse(true);
      if (tokens && dims.size() == 2 && dims.get(1) instanceof ValueInfo.Dim.Fixed(long size)) {
        return OptionalLong.of(size);
      }
    }
    return OptionalLong.empty();
  }
}
