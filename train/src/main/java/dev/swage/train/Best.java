package dev.swage.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The best epoch so far by an early-stopping rule, with its values; nothing without a rule. */
final class Best {
  private static final String VALUES = "best/";

  private final Optional<EarlyStopping> rule;
  private double best;
  private int epoch;
  private int withoutImprovement;
  private Optional<Map<String, Tensor>> values = Optional.empty();

  Best(Optional<EarlyStopping> rule) {
    this.rule = rule;
    this.best = rule.map(r -> r.metric().worst()).orElse(0.0);
  }

  void offer(EpochRecord record, Supplier<Map<String, Tensor>> now) {
    if (rule.isEmpty()) {
      return;
    }
    EarlyStopping r = rule.get();
    double value = r.metric().of(record.validation().orElseThrow());
    if (values.isEmpty() || r.metric().improves(value, best, r.margin())) {
      best = value;
      epoch = record.epoch();
      withoutImprovement = 0;
      values = Optional.of(now.get());
    } else {
      withoutImprovement++;
    }
  }

  /** Adds this to a checkpoint. */
  void save(ObjectNode manifest, Map<String, Tensor> tensors) {
    manifest.put("bestEpoch", epoch);
    manifest.put("epochsWithoutImprovement", withoutImprovement);
    tensors.put("best", Manifest.ofDoubles(best));
    values.ifPresent(v -> v.forEach((name, value) -> tensors.put(VALUES + name, value)));
  }

  /** Goes on from a checkpoint. */
  void restore(Checkpoint checkpoint) {
    epoch = Math.toIntExact(Manifest.integer(checkpoint, "bestEpoch", 0, Integer.MAX_VALUE));
    withoutImprovement =
        Math.toIntExact(
            Manifest.integer(checkpoint, "epochsWithoutImprovement", 0, Integer.MAX_VALUE));
    best = Manifest.doubles(checkpoint, "best", 1)[0];
    Map<String, Tensor> saved = Manifest.below(checkpoint, VALUES);
    values = saved.isEmpty() ? Optional.empty() : Optional.of(saved);
  }

  boolean exhausted() {
    return rule.isPresent() && withoutImprovement >= rule.get().patience();
  }

  int epoch() {
    return epoch;
  }

  Optional<Map<String, Tensor>> values() {
    return values;
  }
}
