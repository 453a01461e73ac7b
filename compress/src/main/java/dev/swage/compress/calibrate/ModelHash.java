package dev.swage.compress.calibrate;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.swage.run.ModelFile;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells models apart: SHA-256 of the file, followed by the bytes of its weights where these lie in
 * other files.
 */
public final class ModelHash {
  private static final int CHUNK = 1 << 16;

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
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] chunk = new byte[CHUNK];
      try (InputStream in = Files.newInputStream(model.path())) {
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
          digest.update(chunk, 0, read);
        }
      }
      if (model.bytes() > Files.size(model.path())) {
        model.model().graph().initializers().values().forEach(t -> update(digest, t, chunk));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void update(MessageDigest digest, Tensor tensor, byte[] chunk) {
    for (long at = 0; at < tensor.byteSize(); at += chunk.length) {
      int length = (int) Math.min(chunk.length, tensor.byteSize() - at);
      MemorySegment.copy(tensor.data(), JAVA_BYTE, at, chunk, 0, length);
      digest.update(chunk, 0, length);
    }
  }
}
