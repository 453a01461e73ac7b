package dev.swage.data;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where the relative paths of data begin. */
public final class DataFolder {
  /** The environment variable that names the folder. */
  public static final String VARIABLE = "SWAGE_DATA";

  private DataFolder() {}

  /**
   * The folder chosen by the user, else the one {@value #VARIABLE} names in this environment, else
   * the current folder.
   */
  public static Path choose(Optional<Path> chosen, Map<String, String> environment) {
    return chosen.orElseGet(() -> Path.of(environment.getOrDefault(VARIABLE, "")));
  }
}
