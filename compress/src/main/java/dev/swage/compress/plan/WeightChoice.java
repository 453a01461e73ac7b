package dev.swage.compress.plan;

import dev.swage.compress.plan.WeightGrouping.Adaptive;
import dev.swage.compress.plan.WeightGrouping.Groups;
import dev.swage.compress.plan.WeightGrouping.PerChannel;
import dev.swage.compress.plan.WeightGrouping.PerInput;
import dev.swage.compress.plan.WeightGrouping.PerTensor;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a node's weights become codes, apart from which axis is which, as plans say it: {@code int8
 * per-channel}, {@code uint4 group 32}, {@code int8 per-tensor}.
 *
 * @param bits width of the codes, 2…8
 * @param symmetric signed codes around zero ({@code int}), else unsigned ones with a zero point
 *     ({@code uint})
 */
public record WeightChoice(int bits, boolean symmetric, WeightGrouping grouping) {
  private static final Pattern TEXT =
      Pattern.compile("(u?)int([2-8]) (per-channel|per-input|per-tensor|group ([0-9]{1,4}))");

  public WeightChoice {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException("bits must be 2…8, got " + bits);
    }
    if (grouping instanceof Adaptive) {
      throw new IllegalArgumentException("a node's weights are per channel or in groups of a size");
    }
  }

  /** The choice that a scheme stands for. */
  public static WeightChoice of(QuantScheme scheme) {
    WeightGrouping grouping =
        switch (scheme.granularity()) {
          case Granularity.PerTensor t -> new PerTensor();
          case Granularity.PerChannel c -> new PerChannel();
          case Granularity.PerGroup g -> new Groups(g.size());
        };
    return new WeightChoice(scheme.bits(), scheme.symmetric(), grouping);
  }

  /**
   * Reads what {@link #text} writes.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static WeightChoice parse(String text) {
    Matcher parts = TEXT.matcher(text.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "a weight is as in 'int8 per-channel', 'uint4 group 32' or 'int8 per-tensor', got '%s'"
              .formatted(text));
    }
    WeightGrouping grouping =
        switch (parts.group(3)) {
          case "per-channel" -> new PerChannel();
          case "per-input" -> new PerInput();
          case "per-tensor" -> new PerTensor();
          default -> new Groups(Integer.parseInt(parts.group(4)));
        };
    return new WeightChoice(Integer.parseInt(parts.group(2)), parts.group(1).isEmpty(), grouping);
  }

  /** As a plan has it. */
  public String text() {
    String per =
        switch (grouping) {
          case PerChannel channel -> "per-channel";
          case PerInput input -> "per-input";
          case PerTensor tensor -> "per-tensor";
          case Groups(int size) -> "group " + size;
          case Adaptive adaptive ->
              throw new IllegalStateException("a choice is one way, not " + adaptive);
        };
    return "%sint%s %s".formatted(symmetric ? "" : "u", bits, per);
  }

  @Override
  public String toString() {
    return text();
  }
}
