package dev.swage.onnx;

import dev.swage.files.Sha256;
import java.util.Map;
import java.util.Optional;

/**
 * Where a model comes from, kept in its metadata so that it can be made again: Swage's version
 * ({@code swage.version}), and as far as they apply the recipe it was trained by, the seed, the
 * data, and the model it was quantized from. Hashes are SHA-256 in lower-case hexadecimal.
 *
 * @param version Swage's version; key {@code swage.version}
 * @param recipe text and hash of the recipe; keys {@code swage.recipe}, {@code swage.recipe.sha256}
 * @param seed the seed of weights and shuffling; key {@code swage.seed}
 * @param data what it was trained on and its hash; keys {@code swage.data}, {@code
 *     swage.data.sha256}
 * @param source the file it was made from and its hash; keys {@code swage.source}, {@code
 *     swage.source.sha256}
 */
public record Provenance(
    String version,
    Optional<Hashed> recipe,
    Optional<Long> seed,
    Optional<Hashed> data,
    Optional<Hashed> source) {
  private static final String VERSION = "swage.version";
  private static final String RECIPE = "swage.recipe";
  private static final String SEED = "swage.seed";
  private static final String DATA = "swage.data";
  private static final String SOURCE = "swage.source";
  private static final String HASH = ".sha256";

  /**
   * A text with a hash: of itself for a recipe, of the bytes it stands for for data and files.
   *
   * @param text the recipe, or a description such as {@code idx:mnist}
   * @param sha256 64 hexadecimal digits
   */
  public record Hashed(String text, String sha256) {
    public Hashed {
      if (!sha256.matches("[0-9a-f]{64}")) {
        throw new IllegalArgumentException(
            "sha256 must be 64 lower-case hexadecimal digits, got '%s'".formatted(sha256));
      }
    }

    /** A text with its own hash. */
    public static Hashed ofText(String text) {
      return new Hashed(text, Sha256.of(text));
    }
  }

  public static Provenance of(String version) {
    return new Provenance(
        version, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  public Provenance withRecipe(String text) {
    return new Provenance(version, Optional.of(Hashed.ofText(text)), seed, data, source);
  }

  public Provenance withSeed(long newSeed) {
    return new Provenance(version, recipe, Optional.of(newSeed), data, source);
  }

  public Provenance withData(String description, String sha256) {
    return new Provenance(
        version, recipe, seed, Optional.of(new Hashed(description, sha256)), source);
  }

  public Provenance withSource(String file, String sha256) {
    return new Provenance(version, recipe, seed, data, Optional.of(new Hashed(file, sha256)));
  }

  /** The model with these entries; entries for what is not known here stay as they are. */
  public OnnxModel applyTo(OnnxModel model) {
    OnnxModel marked = model.withMetadata(VERSION, version);
    marked = put(marked, RECIPE, recipe);
    if (seed.isPresent()) {
      marked = marked.withMetadata(SEED, Long.toString(seed.get()));
    }
    marked = put(marked, DATA, data);
    return put(marked, SOURCE, source);
  }

  private static OnnxModel put(OnnxModel model, String key, Optional<Hashed> value) {
    return value
        .map(v -> model.withMetadata(key, v.text()).withMetadata(key + HASH, v.sha256()))
        .orElse(model);
  }

  /**
   * What a model's metadata says; empty for a model that Swage did not make.
   *
   * @throws OnnxException if an entry is malformed, or a recipe is not the one its hash is of
   */
  public static Optional<Provenance> from(OnnxModel model) {
    Map<String, String> metadata = model.metadata();
    String version = metadata.get(VERSION);
    if (version == null) {
      return Optional.empty();
    }
    Optional<Hashed> recipe = hashed(metadata, RECIPE);
    recipe.ifPresent(r -> {
      if (!Hashed.ofText(r.text()).equals(r)) {
        throw new OnnxException(
            "metadata %s: the recipe was changed, its hash is not %s"
                .formatted(RECIPE + HASH, r.sha256()));
      }
    });
    return Optional.of(
        new Provenance(
            version, recipe, seed(metadata), hashed(metadata, DATA), hashed(metadata, SOURCE)));
  }

  private static Optional<Long> seed(Map<String, String> metadata) {
    String text = metadata.get(SEED);
    try {
      return text == null ? Optional.empty() : Optional.of(Long.valueOf(text));
    } catch (NumberFormatException e) {
      throw new OnnxException(
          "metadata %s must be a whole number, got '%s'".formatted(SEED, text), e);
    }
  }

  private static Optional<Hashed> hashed(Map<String, String> metadata, String key) {
    String text = metadata.get(key);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Hashed(text, metadata.getOrDefault(key + HASH, "")));
    } catch (IllegalArgumentException e) {
      throw new OnnxException("metadata " + key + HASH + ": " + e.getMessage(), e);
    }
  }
}
