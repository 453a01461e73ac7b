package dev.swage.cli;

import dev.swage.compress.WeightFormat;
import dev.swage.compress.WeightGrouping;
import dev.swage.compress.WeightOptions;
import dev.swage.quant.RangeEstimator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of weight-only quantization. */
final class WeightSettings {
  /** How the codes stand in the file. */
  enum Format {
    QDQ,
    CONTRIB
  }

  @Option(
      names = "--bits",
      paramLabel = "N",
      defaultValue = "8",
      description = "Width of the weights, 2 to 8 (default: ${DEFAULT-VALUE}).")
  private int bits;

  @Option(
      names = "--group",
      paramLabel = "N",
      description =
          "One scale for N weights in a row, 16 to 256; 0: one per output channel (default: 0 above 4"
              + " bits, else 32).")
  private Optional<Integer> group = Optional.empty();

  @Option(
      names = "--asymmetric",
      description = "Unsigned codes with a zero point, instead of signed and symmetric ones.")
  private boolean asymmetric;

  @Option(
      names = "--range",
      paramLabel = "RULE",
      description =
          "min-max, or mse: the range of least squared error (default: min-max above 4 bits, else"
              + " mse). Static: of activations, also moving-average, percentile, entropy or sqnr"
              + " (default: min-max).")
  private Optional<String> range = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "FORM",
      defaultValue = "qdq",
      description =
          "qdq: standard operators; contrib: com.microsoft.MatMulNBits (default:"
              + " ${DEFAULT-VALUE}).")
  private Format format = Format.QDQ;

  @Option(
      names = "--min-elements",
      paramLabel = "N",
      defaultValue = "0",
      description = "Keep weights with fewer elements (default: ${DEFAULT-VALUE}).")
  private long minElements;

  @Option(
      names = "--exclude",
      paramLabel = "NAME",
      split = ",",
      description = "Keep these weights, or the weights of these nodes.")
  private List<String> exclude = List.of();

  WeightOptions options() {
    try {
      boolean narrow = bits <= 4;
      WeightOptions options =
          (narrow ? WeightOptions.int4() : WeightOptions.int8())
              .withBits(bits)
              .withMinElements(minElements)
              .excluding(new HashSet<>(exclude));
      if (group.isPresent()) {
        options =
            options.withGrouping(
                group.get() == 0
                    ? WeightGrouping.perChannel()
                    : WeightGrouping.groups(group.get()));
      } else if (format == Format.CONTRIB) {
        options = options.withGrouping(WeightGrouping.groups(32));
      }
      if (asymmetric) {
        options = options.asymmetric();
      }
      if (range.isPresent()) {
        options =
            options.withRange(
                switch (range.get()) {
                  case "min-max" -> RangeEstimator.minMax();
                  case "mse" -> RangeEstimator.meanSquaredError();
                  case String word ->
                      throw new UsageException(
                          "--range of weights is min-max or mse, got '" + word + "'");
                });
      }
      return format == Format.CONTRIB ? options.withFormat(WeightFormat.MATMUL_N_BITS) : options;
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  Optional<String> range() {
    return range;
  }

  List<String> exclude() {
    return exclude;
  }

  /** Complains of options that static quantization has no choice in. */
  void requireDefaultsButRange() {
    if (bits != 8 || group.isPresent() || asymmetric || format != Format.QDQ || minElements != 0) {
      throw new UsageException(
          "--bits, --group, --asymmetric, --format and --min-elements are for --mode weight-only; static weights are int8 per channel");
    }
  }
}
