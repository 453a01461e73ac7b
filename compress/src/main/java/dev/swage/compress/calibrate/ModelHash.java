package dev.swage.compress.calibrate;

import dev.swage.files.Sha256;
import dev.swage.run.ModelFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

/**
 * Tells models apart: SHA-256 of the file, followed by the bytes of its weights where these lie in
 * other files.
 */
public final class ModelHash {
  /** Digits that errors show. */
  private static final int SHOWN = 12;

  private ModelHash() {}

  /** The beginning of a hash, for errors; one from a file may be shorter. */
  public static String shown(String hash) {
    return hash.substring(0, Math.min(SHOWN, hash.length()));
  }

  /** The hash in lower-case hexadecimal. Costs one pass over the model. */
  public static String of(ModelFile model) {
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
}
