package dev.swage.cli.quantize;

import dev.swage.cli.console.Console;
import dev.swage.compress.Conversion;
import dev.swage.compress.Outcome;
import dev.swage.compress.proof.Damage;
import java.nio.file.Path;
import java.util.List;

/** What is said of a file whose outputs are damaged. */
final class DamageLines {
  private DamageLines() {}

  static List<String> texts(Damage damage) {
    return damage.findings().stream().map(Damage.Finding::text).toList();
  }

  /** One line for each thing that is wrong with a file, where it is not refused for that. */
  static void warn(Console console, Path output, Conversion done) {
    Damage damage = done.damage();
    if (done.outcome() == Outcome.DAMAGED) {
      return;
    }
    String data =
        damage.onNoise()
            ? " on random inputs, which say little of your data: give some with --calibrate"
            : "";
    texts(damage).forEach(text -> console.warning("%s: %s%s".formatted(output, text, data)));
  }

  /** Why a damaged file is not written, and the ways out, behind the name of the file. */
  static String refusal(Damage damage) {
    String nodes =
        damage.worstNodes().isEmpty()
            ? ""
            : "; noisiest nodes: " + String.join(", ", damage.worstNodes());
    return ": %s%s; keep some nodes in floats (--min-sqnr 20 searches which), choose other ways (--mode mixed), calibrate on more data, or write it all the same (--allow-damage)"
        .formatted(
            String.join(
                "; ",
                damage.findings().stream()
                    .filter(Damage.Finding::severe)
                    .map(Damage.Finding::text)
                    .toList()),
            nodes);
  }
}
