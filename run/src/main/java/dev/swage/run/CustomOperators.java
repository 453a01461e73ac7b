package dev.swage.run;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Shared libraries with kernels of operators that ONNX Runtime does not have, as its C API's {@code
 * RegisterCustomOps} registers them. A library belongs to the process, as all native code does:
 * every session that is opened later knows its operators.
 */
public final class CustomOperators {
  private static final List<Path> LOADED = new CopyOnWriteArrayList<>();

  private CustomOperators() {}

  /**
   * Loads a library; a second time does nothing.
   *
   * @throws RunException if there is no such file, or ONNX Runtime does not take it
   */
  public static void load(Path library) {
    Path file = library.toAbsolutePath().normalize();
    if (!Files.isRegularFile(file)) {
      throw new RunException("%s: no such library of custom operators".formatted(library));
    }
    if (LOADED.contains(file)) {
      return;
    }
    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "swage");
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.registerCustomOpLibrary(file.toString());
    } catch (OrtException e) {
      throw new RunException(
          "%s: ONNX Runtime takes no custom operators from it: %s; expected a shared library for this machine that has RegisterCustomOps"
              .formatted(library, OrtOptions.oneLine(e)),
          e);
    }
    LOADED.add(file);
  }

  /** What sessions are opened with, in the order it was loaded. */
  static void register(OrtSession.SessionOptions options) throws OrtException {
    for (Path library : LOADED) {
      options.registerCustomOpLibrary(library.toString());
    }
  }

  /** Sessions that are opened later know no library; the code stays in the process. */
  static void forget() {
    LOADED.clear();
  }
}
