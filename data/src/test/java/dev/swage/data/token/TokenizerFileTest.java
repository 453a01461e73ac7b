package dev.swage.data.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.TinyTokenizer;
import dev.swage.testkit.SentenceEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a tokenizer.json is taken for, and what is refused. */
class TokenizerFileTest {
  private static final String UNK = "\"unk_token\": \"[UNK]\"";

  @TempDir private Path folder;

  private Path file(String json) throws IOException {
    return Files.writeString(folder.resolve("tokenizer.json"), json);
  }

  private static String words(String more, String vocabulary) {
    return "{%s \"model\": {\"type\": \"WordLevel\", \"vocab\": {%s}, %s}}"
        .formatted(more, vocabulary, UNK);
  }

  private static List<Long> ids(Tokens tokens) {
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < tokens.count(); i++) {
      ids.add(tokens.id(i));
    }
    return ids;
  }

  private static List<Long> types(Tokens tokens) {
    List<Long> types = new ArrayList<>();
    for (int i = 0; i < tokens.count(); i++) {
      types.add(tokens.type(i));
    }
    return types;
  }

  @Test
  void theVocabularyCountsToTheLargestNumberOfAToken() throws IOException {
    Path file =
        file(
            words(
                "\"added_tokens\": [{\"id\": 9, \"content\": \"<pad>\", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\": true}],",
                "\"[UNK]\": 0, \"a\": 4"));
    TokenizerFile tokenizer = TokenizerFile.open(file, OptionalInt.empty(), false);
    assertThat(tokenizer.vocabularySize()).isEqualTo(10);
    assertThat(tokenizer.padding()).isEqualTo(9);
    assertThat(tokenizer.length()).isEqualTo(128);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1, 2]|it is no JSON object",
        "{|Unexpected end-of-input",
        "{}|it has no vocabulary: no model.vocab",
        "{\"model\": {\"vocab\": {\"a\": 1.5}}}|the number of a token is 1.5",
        "{\"model\": {\"vocab\": [1]}}|model.vocab has an entry that is no [token, score]",
        "{\"model\": {\"vocab\": {\"a\": 4294967295}}}|a token has the number 4294967295",
        "{\"padding\": {\"pad_id\": 5}, \"model\": {\"vocab\": {\"a\": 4}}}|padding.pad_id is 5, the largest number of a token 4",
        "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}}}|missing field `unk_token`",
      })
  void whatIsNoTokenizerIsRefusedInOneLine(String json, String reason) throws IOException {
    Path file = file(json);
    assertThatThrownBy(() -> TokenizerFile.open(file, OptionalInt.empty(), false))
        .isInstanceOf(TokenizerException.class)
        .hasMessageStartingWith(file + " is no tokenizer.json: " + reason)
        .hasMessageNotContaining("\n");
  }

  /** The native library would end the process. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"[X]\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {\"[Y]\": {\"id\": \"[Y]\", \"ids\": [0], \"tokens\": [\"[Y]\"]}}},|its post_processor puts '[X]' into texts, which it does not define in special_tokens",
        "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"},|its precompiled_charsmap is no map of characters",
        "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"/////wAAAAA=\"},|its precompiled_charsmap is no map of characters",
        "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAAAP8=\"}]},|its precompiled_charsmap is no map of characters",
        "\"pre_tokenizer\": {\"type\": \"FixedLength\", \"length\": 0},|its pre_tokenizer makes pieces of length 0",
      })
  void whatWouldEndTheProcessIsRefused(String entry, String reason) throws IOException {
    Path file = file(words(entry, "\"[UNK]\": 0, \"a\": 1"));
    assertThatThrownBy(() -> TokenizerFile.open(file, OptionalInt.empty(), false))
        .hasMessage(file + " is no tokenizer.json: " + reason);
  }

  @Test
  void bytesChangedAtRandomAreReadOrRefused() throws IOException {
    Path good = TinyTokenizer.in(folder);
    byte[] bytes = Files.readAllBytes(good);
    SplittableRandom random = new SplittableRandom(3);
    int opened = 0;
    for (int i = 0; i < 400; i++) {
      byte[] changed = bytes.clone();
      changed[random.nextInt(bytes.length)] =
          (byte) "0123456789-{}[],:ae ".charAt(random.nextInt(20));
      Path file = Files.write(folder.resolve("changed.json"), changed);
      try {
        TokenizerFile tokenizer = TokenizerFile.open(file, OptionalInt.of(5), i % 2 == 0);
        tokenizer.encode("Unaffable cats, zebras", Optional.empty());
        opened++;
      } catch (TokenizerException e) {
        assertThat(e.getMessage()).doesNotContain("\n");
      }
    }
    assertThat(opened).isPositive();
  }

  @Test
  void manyThreadsCutAsOne() throws IOException {
    TokenizerFile tokenizer =
        TokenizerFile.open(TinyTokenizer.in(folder), OptionalInt.of(7), false);
    List<String> texts =
        IntStream.range(0, 500).mapToObj(i -> "cat ".repeat(i % 5) + "unaffable dogs").toList();
    List<List<Long>> alone =
        texts.stream().map(text -> ids(tokenizer.encode(text, Optional.empty()))).toList();
    assertThat(
            texts.parallelStream()
                .map(text -> ids(tokenizer.encode(text, Optional.empty())))
                .toList())
        .isEqualTo(alone);
  }

  @Test
  void aTextThatCannotBeCutIsNamed() throws IOException {
    TokenizerFile tokenizer =
        TokenizerFile.open(file(words("", "\"a\": 0")), OptionalInt.empty(), false);
    assertThatThrownBy(() -> tokenizer.encode("zebra", Optional.empty()))
        .hasMessage(
            "the tokenizer cannot cut 'zebra': WordLevel error: Missing [UNK] token from the vocabulary");
  }

  /** The ids are those that are published for bert-base-uncased, whose vocabulary this is. */
  @Test
  void aPublishedTokenizerCutsAsPublished() throws IOException {
    Path json = published();
    TokenizerFile tokenizer = TokenizerFile.open(json, OptionalInt.of(8), true);
    assertThat(tokenizer.vocabularySize()).isEqualTo(30_522);
    assertThat(tokenizer.padding()).isZero();
    assertThat(ids(tokenizer.encode("Hello, world! This is a test.", Optional.empty())))
        .containsExactly(101L, 7592L, 1010L, 2088L, 999L, 2023L, 2003L, 102L);
    Tokens pair = tokenizer.encode("Hello world this is a", Optional.of("Hello"));
    assertThat(ids(pair)).containsExactly(101L, 7592L, 2088L, 2023L, 2003L, 102L, 7592L, 102L);
    assertThat(types(pair)).containsExactly(0L, 0L, 0L, 0L, 0L, 0L, 1L, 1L);
    assertThat(TokenizerFile.open(json, OptionalInt.empty(), false).length()).isEqualTo(128);
  }

  private Path published() throws IOException {
    return Files.write(folder.resolve("published.json"), SentenceEncoder.tokenizer());
  }
}
