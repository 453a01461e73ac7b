package dev.swage.compress.proof;

import dev.swage.compress.write.QuantizedModel;
import dev.swage.onnx.OnnxReader;
import java.nio.file.Path;

/** Lets tests of other packages hold a file against the quantizer's codes. */
public final class CodesOfFiles {
  private CodesOfFiles() {}

  /** Fails unless the file holds them. */
  public static void require(Path file, QuantizedModel quantized) {
    StoredCodes.require(file, OnnxReader.read(file), quantized.stored());
  }
}
