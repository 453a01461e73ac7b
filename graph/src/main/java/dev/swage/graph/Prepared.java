package dev.swage.graph;

import dev.swage.graph.widen.Widened;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A model that computes the same as the one it was made from.
 *
 * @param rewrites every change, in the order it was made
 * @param widened its constants that a file is to store in fewer bits
 */
public record Prepared(OnnxModel model, List<Rewrite> rewrites, Widened widened) {
  public Prepared {
    rewrites = List.copyOf(rewrites);
  }

  /** With all constants stored as they are. */
  public Prepared(OnnxModel model, List<Rewrite> rewrites) {
    this(model, rewrites, new Widened());
  }

  /** A model as it is. */
  public static Prepared asIs(OnnxModel model) {
    return new Prepared(model, List.of());
  }

  /** The same under other names. */
  public Prepared withModel(OnnxModel other) {
    return new Prepared(other, rewrites, widened);
  }

  /** How many changes there were of each kind, kinds in the order they are made. */
  public Map<RewriteKind, Long> counts() {
    Map<RewriteKind, Long> counts = new EnumMap<>(RewriteKind.class);
    rewrites.forEach(rewrite -> counts.merge(rewrite.kind(), 1L, Long::sum));
    return counts;
  }

  /** {@code opset 8 → 21, 12 BatchNormalization folded}; empty when nothing was changed. */
  public String summary() {
    List<String> parts = new ArrayList<>();
    counts()
        .forEach((kind, count) -> {
          if (kind == RewriteKind.OPSET_RAISED) {
            parts.add(kind.text(count) + " " + opsets());
          } else {
            parts.add(String.format(Locale.ROOT, "%d %s", count, kind.text(count)));
          }
        });
    return String.join(", ", parts);
  }

  /** {@code 8 → 21}. */
  private String opsets() {
    List<String> raises =
        rewrites.stream()
            .filter(rewrite -> rewrite.kind() == RewriteKind.OPSET_RAISED)
            .map(Rewrite::detail)
            .toList();
    return String.join(", ", raises);
  }

  /** This preparation followed by another one of its model. */
  public Prepared then(Prepared next) {
    List<Rewrite> all = new ArrayList<>(rewrites);
    all.addAll(next.rewrites());
    return new Prepared(next.model(), all, widened.and(next.widened));
  }
}
