package dev.swage.data.token;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.swage.files.Sha256;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A Hugging Face {@code tokenizer.json}, read by Hugging Face's own library. Special tokens are
 * added as the file says. Texts are cut to {@code length} tokens, special ones included; of a pair
 * the longer text first. What the file says of padding is not done here.
 */
public final class TokenizerFile implements Tokenizer {
  /** Larger files are no tokenizers. */
  private static final long MOST_BYTES = 256L << 20;

  private static final int USUAL_LENGTH = 128;
  private static final Cleaner CLEANER = Cleaner.create();

  private final TokenizersLibrary library;
  private final long handle;
  private final TokenizerFacts facts;
  private final int length;
  private final String hash;

  private TokenizerFile(long handle, TokenizerFacts facts, int length, String hash) {
    this.library = TokenizerLibrary.get();
    this.handle = handle;
    this.facts = facts;
    this.length = length;
    this.hash = hash;
    CLEANER.register(this, () -> TokenizerLibrary.get().deleteTokenizer(handle));
  }

  /**
   * Reads a tokenizer.
   *
   * @param length of texts in tokens; where it is empty, what the file says, else 128
   * @param pairs whether two texts are to be cut together
   * @throws TokenizerException if the file is no tokenizer, or the special tokens alone are longer
   */
  public static TokenizerFile open(Path file, OptionalInt length, boolean pairs) {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
        throw new TokenizerException(
            file + " is no tokenizer.json: no file, or one of more than 256 MiB");
      }
      byte[] bytes = Files.readAllBytes(file);
      String json = new String(bytes, StandardCharsets.UTF_8);
      TokenizerFacts facts = TokenizerFacts.read(json);
      int wanted = length.orElse(facts.longest().orElse(USUAL_LENGTH));
      TokenizersLibrary library = TokenizerLibrary.get();
      TokenizerFile made =
          new TokenizerFile(
              library.createTokenizerFromString(json), facts, wanted, Sha256.of(bytes));
      made.prepare(file, pairs);
      return made;
    } catch (TokenizerException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new TokenizerException(
          "%s is no tokenizer.json: %s".formatted(file, firstLine(e.getMessage())), e);
    }
  }

  private void prepare(Path file, boolean pairs) {
    library.disablePadding(handle);
    library.disableTruncation(handle);
    int special = encode("", pairs ? Optional.of("") : Optional.empty()).count();
    if (length <= special) {
      throw new TokenizerException(
          "%s: length %d leaves no room for a text beside the %d special tokens; use a larger length"
              .formatted(file, length, special));
    }
    library.setTruncation(handle, length, "LONGEST_FIRST", 0);
  }

  @Override
  public Tokens encode(String first, Optional<String> second) {
    try {
      long encoding =
          second.isPresent()
              ? library.encodeDual(handle, first, second.get(), true)
              : library.encode(handle, first, true);
      try {
        return new Tokens(library.getTokenIds(encoding), library.getTypeIds(encoding));
      } finally {
        library.deleteEncoding(encoding);
      }
    } catch (TokenizerException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new TokenizerException(
          "the tokenizer cannot cut '%s': %s".formatted(shown(first), firstLine(e.getMessage())),
          e);
    } finally {
      java.lang.ref.Reference.reachabilityFence(this);
    }
  }

  private static String shown(String text) {
    int most = 40;
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most)) + "…";
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "" : message.lines().findFirst().orElse("");
  }

  @Override
  public int vocabularySize() {
    return facts.vocabularySize();
  }

  @Override
  public long padding() {
    return facts.padding();
  }

  @Override
  public int length() {
    return length;
  }

  /** SHA-256 of the file. */
  public String hash() {
    return hash;
  }
}
