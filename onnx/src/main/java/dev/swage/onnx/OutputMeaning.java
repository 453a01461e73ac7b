package dev.swage.onnx;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the numbers of a model's first output are, as its metadata says: entry {@code swage.output},
 * one word. Who trains or quantizes a model writes it, since the last operator does not always
 * tell.
 */
public enum OutputMeaning {
  /** Word {@code probabilities}. */
  PROBABILITIES("probabilities"),
  /** Natural logarithms of probabilities; word {@code log-probabilities}. */
  LOG_PROBABILITIES("log-probabilities"),
  /** Unnormalised log-odds; word {@code logits}. */
  LOGITS("logits");

  /** The metadata key. */
  public static final String KEY = "swage.output";

  private final String word;

  OutputMeaning(String word) {
    this.word = word;
  }

  /** The word in the metadata. */
  public String word() {
    return word;
  }

  /**
   * What a model's metadata says; empty for a model without an entry.
   *
   * @throws OnnxException if the entry is none of the words
   */
  public static Optional<OutputMeaning> of(OnnxModel model) {
    return Optional.ofNullable(model.metadata().get(KEY)).map(OutputMeaning::parse);
  }

  private static OutputMeaning parse(String entry) {
    return Arrays.stream(values())
        .filter(meaning -> meaning.word.equals(entry))
        .findFirst()
        .orElseThrow(() ->
            new OnnxException(
                "metadata %s: got '%s', expected %s; correct the entry or remove it"
                    .formatted(
                        KEY,
                        entry,
                        Arrays.stream(values())
                            .map(OutputMeaning::word)
                            .collect(Collectors.joining(" or ")))));
  }

  /** The model with this entry. */
  public OnnxModel applyTo(OnnxModel model) {
    return model.withMetadata(KEY, word);
  }
}
