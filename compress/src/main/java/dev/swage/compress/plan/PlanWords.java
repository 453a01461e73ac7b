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
    schemes.put("uint8", QuantScheme.asymmetric(8, one));
    schemes.put("uint7", QuantScheme.asymmetric(7, one));
    schemes.put("int8", QuantScheme.symmetric(8, one));
    schemes.put("int8-asymmetric", new QuantScheme(DType.INT8, 8, false, one));
    schemes.put("uint8-symmetric", new QuantScheme(DType.UINT8, 8, true, one));
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
