package dev.swage.compress.plan;

import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.DType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The words that stand for things in plans. */
final class PlanWords {
  private static final Map<String, QuantScheme> SCHEMES = schemes();

  private PlanWords() {}

  private static Map<String, QuantScheme> schemes() {
    Map<String, QuantScheme> schemes = new LinkedHashMap<>();
    Granularity one = Granularity.perTensor();
    for (int bits = 8; bits >= 4; bits--) {
      schemes.put("uint" + bits, new QuantScheme(DType.UINT8, bits, false, one));
      schemes.put("int" + bits, new QuantScheme(DType.INT8, bits, true, one));
      schemes.put(
          "int%d-asymmetric".formatted(bits), new QuantScheme(DType.INT8, bits, false, one));
      schemes.put(
          "uint%d-symmetric".formatted(bits), new QuantScheme(DType.UINT8, bits, true, one));
    }
    return Collections.unmodifiableMap(schemes);
  }

  /** Codes of activations by their word. */
  static Map<String, QuantScheme> activations() {
    return SCHEMES;
  }

  /** The word for codes of activations. */
  static String word(QuantScheme scheme) {
    return SCHEMES.entrySet().stream()
        .filter(entry -> entry.getValue().equals(scheme))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no word for " + scheme));
  }

  static Map<String, Objective> objectives() {
    return words(List.of(Objective.values()), Objective::label);
  }

  static Map<String, PlanForm> forms() {
    return words(List.of(PlanForm.values()), PlanForm::label);
  }

  static Map<String, KeepReason> reasons() {
    return words(List.of(KeepReason.values()), KeepReason::label);
  }

  static Map<String, RangeEstimator> weightRanges() {
    return words(RangeEstimator.all(), RangeEstimator::label);
  }

  private static <T> Map<String, T> words(List<T> things, Function<T, String> word) {
    Map<String, T> words = new LinkedHashMap<>();
    things.forEach(thing -> words.put(word.apply(thing), thing));
    return words;
  }
}
