package dev.swage.cli.quantize;

import dev.swage.cli.console.UsageException;
import dev.swage.compress.QuantMode;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.weights.WeightFormat;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.range.ActivationEstimator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** How weights become codes, and what is excluded. */
final class WeightSettings {
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
          "One scale for N weights in a row, 16 to 256; 0: one per output channel (default: 32 up to 4"
              + " bits, and above for weights that a scale per channel is too coarse for).")
  private Optional<Integer> group = Optional.empty();

  @Option(
      names = "--per-tensor",
      description = {
        "One scale for each weight, in every mode, for runtimes that take no more; LSTM and tables",
        "in dynamic mode keep a scale per channel."
      })
  private boolean perTensor;

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
      description = {
        "qdq: standard operators; qoperator: operators on codes, for --mode static; contrib: ONNX",
        "Runtime's own, as MatMulNBits and DynamicQuantizeMatMul (default: ${DEFAULT-VALUE})."
      })
  private PlanForm format = PlanForm.QDQ;

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
    return options(range, format == PlanForm.CONTRIB);
  }

  private WeightOptions options(Optional<String> rule, boolean contrib) {
    try {
      WeightOptions options =
          WeightOptions.of(bits).withMinElements(minElements).excluding(new HashSet<>(exclude));
      if (contrib && (perTensor || group.equals(Optional.of(0)))) {
        throw new UsageException(
            "--format contrib has one scale for a group of weights: give --group 16 to 256, or leave it out");
      }
      if (perTensor) {
        options = options.withGrouping(WeightGrouping.perTensor());
      } else if (group.isPresent()) {
        options =
            options.withGrouping(
                group.get() == 0
                    ? WeightGrouping.perChannel()
                    : WeightGrouping.groups(group.get()));
      } else if (contrib) {
        options = options.withGrouping(WeightGrouping.groups(32));
      }
      if (asymmetric) {
        options = options.asymmetric();
      }
      if (rule.isPresent()) {
        options = options.withRange(range(rule.get()));
      }
      if (!contrib) {
        return options;
      }
      // Widths are those of MatMulNBits; what it does not take is written in the standard form.
      return options
          .withFormat(WeightFormat.MATMUL_N_BITS)
          .withFormat(WeightFormat.MATMUL_N_BITS_OR_QDQ);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static RangeEstimator range(String word) {
    return RangeEstimator.all().stream()
        .filter(range -> range.label().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new UsageException(
                "--range of weights is %s, got '%s'"
                    .formatted(
                        RangeEstimator.all().stream()
                            .map(RangeEstimator::label)
                            .collect(Collectors.joining(" or ")),
                        word)));
  }

  PlanForm form() {
    return format;
  }

  /** Complains of options that a mode has no choice in. */
  void requireFor(QuantMode mode) {
    if (perTensor && group.isPresent()) {
      throw new UsageException("--per-tensor and --group are two ways of sharing scales: give one");
    }
    boolean other = bits != 8 || asymmetric || minElements != 0;
    if (mode == QuantMode.STATIC && (other || group.isPresent())) {
      throw new UsageException(
          "--bits, --group, --asymmetric and --min-elements are for --mode weight-only and mixed; static weights are int8, per channel or --per-tensor");
    }
    if (mode == QuantMode.DYNAMIC && other) {
      throw new UsageException(
          "--bits, --asymmetric and --min-elements are for --mode weight-only and mixed; dynamic weights are int8");
    }
    if (mode == QuantMode.DYNAMIC && range.isPresent()) {
      throw new UsageException(
          "--range is not for --mode dynamic: ranges of activations are measured at every run");
    }
    if (format == PlanForm.QOPERATOR && mode != QuantMode.STATIC) {
      throw new UsageException("--format qoperator is for --mode static, not " + mode.label());
    }
    if (format == PlanForm.CONTRIB && mode == QuantMode.STATIC) {
      throw new UsageException(
          "--format contrib is for --mode weight-only, dynamic and mixed; static has qdq and qoperator");
    }
  }

  /** The estimator of activations' ranges that --range names. */
  ActivationEstimator activationRange() {
    String label = range.orElse("min-max");
    List<ActivationEstimator> all = ActivationEstimator.all();
    return all.stream()
        .filter(estimator -> estimator.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new UsageException(
                "--range of activations is one of %s, got '%s'"
                    .formatted(
                        all.stream()
                            .map(ActivationEstimator::label)
                            .collect(Collectors.joining(", ")),
                        label)));
  }

  /**
   * Options for weights beside activations, whose range --range is; what ONNX Runtime has no
   * operator of its own for stands in the standard form.
   */
  WeightOptions besideActivations() {
    return options(Optional.empty(), false);
  }
}
