package dev.swage.data.yaml;

/** A YAML file that cannot be used: one line that names file, line, key and what was expected. */
public final class YamlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public YamlException(String message) {
    super(message);
  }

  public YamlException(String message, Throwable cause) {
    super(message, cause);
  }
}
