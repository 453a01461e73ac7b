package dev.swage.cli.recipe;

import dev.swage.clip.GradientClipper;
import dev.swage.data.yaml.YamlDocument;
import java.util.List;

/** A clipper in one line, as a recipe has it: {@code 1.0}, {@code autoclip}, {@code norm: 0.5}. */
public final class ClipText {
  private ClipText() {}

  /**
   * A number is a global norm; the space behind a colon may be left out.
   *
   * @throws dev.swage.data.yaml.YamlException for what is no clipper
   */
  public static GradientClipper read(String text) {
    String value = text.strip();
    if (value.matches("[0-9.]+([eE][+-]?[0-9]+)?")) {
      value = "{norm: " + value + "}";
    } else if (value.contains(":") && !value.startsWith("{")) {
      value = "{" + value + "}";
    }
    value = value.replaceAll(":(?=\\S)", ": "); // norm:0.5, as options are typed
    return ClipReader.read(
        YamlDocument.of("--clip", "option", "clip: " + value)
            .root(List.of())
            .entries(List.of("clip"))
            .require("clip"));
  }
}
