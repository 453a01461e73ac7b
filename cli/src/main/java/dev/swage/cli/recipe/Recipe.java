package dev.swage.cli.recipe;

import dev.swage.onnx.OnnxModel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A training run as a value: everything that decides which bits come out.
 *
 * @param name fit for file names
 * @param title for people
 * @param seed of weights, shuffling and dropout
 * @param data where samples come from
 * @param model the network with fresh weights, or a model of a file
 * @param tuning what is trained of it
 * @param training loss, optimizer, clipping, and how long
 * @param codes how it is trained through its codes afterwards, if it is
 * @param checkpoints when the state of the run is saved; has no part in the bits
 * @param ship the files to write
 * @param settings every value with the overrides applied, by its dotted path; not those of
 *     checkpoints
 * @param source the recipe's text with the overrides after it, for provenance
 */
public record Recipe(
    String name,
    String title,
    long seed,
    Data data,
    OnnxModel model,
    Tuning tuning,
    Training training,
    Optional<Codes> codes,
    Checkpoints checkpoints,
    List<Shipment> ship,
    Map<String, String> settings,
    String source) {
  public Recipe {
    ship = List.copyOf(ship);
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }

  /**
   * {@code DATA} strings.
   *
   * @param validation watched while training, if any
   * @param test what the shipped files are measured on
   */
  public record Data(String train, Optional<String> validation, String test) {}

  /**
   * How often the run's state is saved.
   *
   * @param every optimizer steps between two checkpoints
   * @param keep how many stay
   * @param eachEpoch whether one is also written after every epoch
   */
  public record Checkpoints(int every, int keep, boolean eachEpoch) {}
}
