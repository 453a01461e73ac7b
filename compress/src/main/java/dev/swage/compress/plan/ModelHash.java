package dev.swage.compress.plan;

import dev.swage.files.Sha256;
import dev.swage.run.ModelFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells models apart: SHA-256 of the file, followed by the bytes of its weights where these lie in
 * other files. It costs one pass over the model, so it is computed when it is first asked for.
 */
public final class ModelHash {
  /** Digits that errors show. */
  private static final int SHOWN = 12;

  private final Supplier<String> computation;
  private volatile @Nullable String known;

  private ModelHash(Supplier<String> computation) {
    this.computation = computation;
  }

  /** The hash of a file. */
  public static ModelHash of(ModelFile model) {
    return new ModelHash(() -> compute(model));
  }

  /** A hash that was computed before, in hexadecimal. */
  public static ModelHash of(String digits) {
    return new ModelHash(() -> digits);
  }

  /** In lower-case hexadecimal. */
  public String digits() {
    String digits = known;
    if (digits == null) {
      digits = computation.get();
      known = digits;
    }
    return digits;
  }

  /** The beginning of a hash, for errors; one from a file may be shorter. */
  public static String shown(String digits) {
    return digits.substring(0, Math.min(SHOWN, digits.length()));
  }

  private static String compute(ModelFile model) {
    try {
      Sha256 hash = new Sha256();
      hash.add(model.path());
      if (model.bytes() > Files.size(model.path())) {
        model.model().graph().initializers().values().forEach(tensor -> hash.add(tensor.data()));
      }
      return hash.digits();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ModelHash hash && digits().equals(hash.digits());
  }

  @Override
  public int hashCode() {
    return digits().hashCode();
  }

  @Override
  public String toString() {
    return digits();
  }
}
