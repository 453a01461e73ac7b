package dev.swage.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A {@code tokenizer.json} as encoders have it, with a dozen word pieces. */
public final class TinyTokenizer {
  static final int PAD = 0;
  static final int UNK = 1;
  static final int CLS = 2;
  static final int SEP = 3;
  static final int UN = 4;
  static final int AFF = 5;
  static final int ABLE = 6;
  static final int CAT = 7;
  static final int PLURAL = 8;
  static final int COMMA = 9;

  /** With the added token {@code [MASK]}, which is no part of the model's vocabulary. */
  static final int SIZE = 12;

  private static final String JSON =
      """
      {"version": "1.0",
       "truncation": {"direction": "Right", "max_length": 9, "strategy": "LongestFirst", "stride": 0},
       "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null,
         "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
       "added_tokens": [
         {"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
         {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
         {"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
         {"id": 11, "content": "[MASK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
       "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
       "pre_tokenizer": {"type": "BertPreTokenizer"},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
           {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
         "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
       "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
       "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
         "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "un": 4, "##aff": 5, "##able": 6, "cat": 7, "##s": 8, ",": 9, "dog": 10}}}
      """;

  private TinyTokenizer() {}

  /** Writes it into a folder. */
  public static Path in(Path folder) throws IOException {
    return Files.writeString(folder.resolve("tokenizer.json"), JSON);
  }

  /** The same with another word. */
  static Path otherIn(Path folder) throws IOException {
    return Files.writeString(
        folder.resolve("other.json"), JSON.replace("\"dog\": 10", "\"bird\": 10"));
  }
}
