package dev.swage.cli.console;

import java.nio.file.Path;

/** Names of model files. */
public final class ModelFiles {
  private ModelFiles() {}

  /** The file's name without {@code .onnx}. */
  public static String name(Path model) {
    Path file = model.getFileName();
    String name = file == null ? model.toString() : file.toString();
    return name.endsWith(".onnx") ? name.substring(0, name.length() - 5) : name;
  }

  /** {@code model.onnx} with a suffix before its ending: {@code model.int8.onnx}. */
  public static Path sibling(Path model, String suffix) {
    return model.resolveSibling(name(model) + "." + suffix + ".onnx");
  }
}
