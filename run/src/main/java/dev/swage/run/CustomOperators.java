package dev.swage.run;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shared libraries with kernels of operators that ONNX Runtime does not have, as its C API's {@code
 * RegisterCustomOps} registers them. A library belongs to the process, as all native code does:
 * every session that is opened later knows its operators.
 */
public final class CustomOperators {
  /**
   * What each library was loaded with. ONNX Runtime's Java API unloads a library when the options
   * of a session are closed, which is before the session runs; these options hold it.
   */
  private static final Map<Path, OrtSession.SessionOptions> LOADED =
      Collections.synchronizedMap(new LinkedHashMap<>());

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
    if (LOADED.containsKey(file)) {
      return;
    }
    RuntimeLibrary.load();
    OrtSession.SessionOptions holder = new OrtSession.SessionOptions();
    try {
      holder.registerCustomOpLibrary(file.toString());
    } catch (OrtException e) {
      holder.close();
      throw new RunException(
          "%s: ONNX Runtime takes no custom operators from it: %s; expected a shared library for this machine that has RegisterCustomOps"
              .formatted(library, OrtOptions.oneLine(e)),
          e);
    }
    LOADED.put(file, holder);
  }

  /** What sessions are opened with, in the order it was loaded. */
  static void register(OrtSession.SessionOptions options) throws OrtException {
    for (Path library : List.copyOf(LOADED.keySet())) {
      options.registerCustomOpLibrary(library.toString());
    }
  }

  /** Unloads all: no session that was opened with one may be open. */
  static void forget() {
    LOADED.values().forEach(OrtSession.SessionOptions::close);
    LOADED.clear();
  }
}
