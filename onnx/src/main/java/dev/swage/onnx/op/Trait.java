package dev.swage.onnx.op;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What kind an operator is of, as the table writes it. */
enum Trait {
  MOVES,
  IN_ORDER,
  JOINS,
  CLIPS,
  NORMALIZES,
  RECURRENT,
  LINEAR,
  PROBABILITY,
  BRANCHES,
  RANDOM;

  static Optional<Trait> of(String word) {
    return Arrays.stream(values()).filter(trait -> trait.word().equals(word)).findFirst();
  }

  private String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
