package dev.swage.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * Finds the folder of real data sets, models and golden values that lies beside a working checkout:
 * the system property {@code swage.shared.data}, else the environment variable {@code
 * SWAGE_SHARED_DATA}, else the first {@code shared/data} found beside a parent folder. Tests that
 * need it skip, saying so, where it is absent.
 */
public final class SharedData {
  private SharedData() {}

  /** The file or folder at this path under the shared data; skips the test when it is absent. */
  public static Path require(String relative) {
    @Nullable Path root = root();
    Assumptions.assumeTrue(
        root != null, "no shared data folder found (set SWAGE_SHARED_DATA); needs " + relative);
    Path path = java.util.Objects.requireNonNull(root).resolve(relative);
    Assumptions.assumeTrue(Files.exists(path), "shared data lacks " + relative);
    return path;
  }

  /** The same; empty where it is absent. */
  public static Optional<Path> find(String relative) {
    return Optional.ofNullable(root()).map(root -> root.resolve(relative)).filter(Files::exists);
  }

  private static @Nullable Path root() {
    String configured =
        System.getProperty(
            "swage.shared.data", System.getenv().getOrDefault("SWAGE_SHARED_DATA", ""));
    if (!configured.isEmpty()) {
      return Path.of(configured);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve("shared").resolve("data");
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    return null;
  }
}
