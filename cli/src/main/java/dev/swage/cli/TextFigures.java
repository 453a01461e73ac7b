package dev.swage.cli;

import dev.swage.data.DataSource;
import dev.swage.data.TextUnit;
import dev.swage.onnx.OnnxModel;
import dev.swage.train.Score;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;

/** What is said of text models beside their loss. */
final class TextFigures {
  private static final String VOCABULARY = "swage.vocabulary";
  private static final String UNIT = "swage.text.unit";

  private TextFigures() {}

  /** The end of a JSON field's name. */
  static String bitsField(TextUnit unit) {
    return switch (unit) {
      case CHAR -> "BitsPerCharacter";
      case WORD -> "BitsPerWord";
    };
  }

  /** Bits per character, or a word model's perplexity. */
  static String describe(TextUnit unit, Score score) {
    return switch (unit) {
      case CHAR -> String.format(Locale.ROOT, "%.3f bits per character", score.bits());
      case WORD -> String.format(Locale.ROOT, "perplexity %.1f", score.perplexity());
    };
  }

  /** The model with the text's units by number, a JSON array, in its metadata. */
  static OnnxModel withVocabulary(OnnxModel model, DataSource data) {
    if (data.textUnit().isEmpty()) {
      return model;
    }
    StringWriter text = new StringWriter();
    try (var json = new com.fasterxml.jackson.core.JsonFactory().createGenerator(text)) {
      json.writeStartArray();
      for (String unit : data.classNames()) {
        json.writeString(unit);
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return model
        .withMetadata(UNIT, data.textUnit().get().name().toLowerCase(java.util.Locale.ROOT))
        .withMetadata(VOCABULARY, text.toString());
  }
}
