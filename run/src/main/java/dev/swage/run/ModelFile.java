package dev.swage.run;

import dev.swage.data.DataSchema;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * A model on disk.
 *
 * @param bytes what it takes to ship: the file, and its weights where they lie in other files
 */
public record ModelFile(Path path, OnnxModel model, long bytes) {
  /**
   * Reads a model file.
   *
   * @throws dev.swage.onnx.OnnxException if it cannot be read
   */
  public static ModelFile read(Path path) {
    OnnxModel model = OnnxReader.read(path);
    try {
      long file = Files.size(path);
      long weights = model.graph().weightBytes();
      // More weights than file means that they lie outside it.
      return new ModelFile(path, model, weights > file ? file + weights : file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What its outputs are, as {@link OutputKind#of(OnnxModel)}.
   *
   * @throws OnnxException if its metadata holds an unknown word; names the file
   */
  public OutputKind outputKind() {
    return named(() -> OutputKind.of(model));
  }

  /**
   * What its outputs are beside a reference's, as {@link OutputKind#ofCompared}.
   *
   * @throws OnnxException if metadata holds an unknown word; names the file
   */
  public OutputKind outputKind(ModelFile reference) {
    reference.outputKind();
    return named(() -> OutputKind.ofCompared(reference.model, model));
  }

  /**
   * What it knows of its data, as {@link DataSchema#of}.
   *
   * @throws OnnxException if an entry of its metadata is malformed; names the file
   */
  public DataSchema schema() {
    return named(() -> DataSchema.of(model));
  }

  private <T> T named(Supplier<T> read) {
    try {
      return read.get();
    } catch (OnnxException e) {
      throw new OnnxException(path + ": " + e.getMessage(), e);
    }
  }
}
