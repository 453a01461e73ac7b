package dev.swage.testkit.onnx;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The "light" models of ONNX's backend tests: published image networks whose weights
 * ConstantOfShape makes, so that their files hold a graph and hardly a number.
 */
public final class LightModels {
  /** Where their archive lies in the shared data. */
  public static final String ARCHIVE = "conformance/onnx-backend.zip";

  private LightModels() {}

  /**
   * One of them as it comes.
   *
   * @param name as {@code resnet50}
   * @throws IllegalArgumentException if the archive has no such model
   */
  public static OnnxModel read(Path archive, String name) {
    String entry = "onnx-backend/light/light_" + name + ".onnx";
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry found = zip.getEntry(entry);
      if (found == null) {
        throw new IllegalArgumentException("%s: no entry '%s'".formatted(archive, entry));
      }
      return OnnxReader.parse(zip.getInputStream(found).readAllBytes(), name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
