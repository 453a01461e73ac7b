package dev.swage.cli.console;

import dev.swage.kernel.Simd;
import dev.swage.report.Machine;
import dev.swage.report.Origin;
import dev.swage.run.ModelSession;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where the results of this process come from. */
public final class Origins {
  private Origins() {}

  private static Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("onnxruntime", ModelSession.runtimeVersion());
    versions.put("kernels", Simd.describe());
    return versions;
  }

  public static Origin now() {
    return new Origin(
        Version.current(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        Machine.current(versions()));
  }
}
