package dev.swage.cli.recipe;

import dev.swage.onnx.OnnxModel;
import java.util.List;
import java.util.Optional;

/**
 * A training run as a value: everything that decides which bits come out.
 *
 * @param name fit for file names
 * @param title for people
 * @param seed of weights, shuffling and dropout
 * @param data where samples come from
 * @param model the network with fresh weights
 * @param training loss, optimizer, clipping, and how long
 * @param ship the files to write
 * @param source the recipe's text with the overrides after it, for provenance
 */
public record Recipe(
    String name,
    String title,
    long seed,
    Data data,
    OnnxModel model,
    Training training,
    List<Shipment> ship,
    String source) {
  public Recipe {
    ship = List.copyOf(ship);
  }

  /**
   * {@code DATA} strings.
   *
   * @param validation watched while training, if any
   * @param test what the shipped files are measured on
   */
  public record Data(String train, Optional<String> validation, String test) {}
}
