package dev.swage.cli.finetune;

import dev.swage.cli.console.UsageException;
import dev.swage.cli.recipe.CodesPlan;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.hybrid.QatOptions;
import dev.swage.train.quantize.QuantizerMethod;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import picocli.CommandLine.Option;

/** What codes {@code finetune} trains a model for. */
final class CodeOptions {
  private static final int MOST = 8;

  @Option(
      names = "--bits",
      paramLabel = "N",
      description = {
        "Quantize, then train through the quantizers: weights become codes of 2 to 8 bits, and the",
        "file that is written holds the codes of the last step."
      })
  private Optional<Integer> bits = Optional.empty();

  @Option(
      names = "--activations",
      paramLabel = "CODES",
      description = "uint8 to uint4, or none to keep them in floats (default: uint8).")
  private Optional<String> activations = Optional.empty();

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description = "How scales follow: fixed, ste, lsq, lsq+ or pact (default: ${DEFAULT-VALUE}).")
  private String method = QuantizerMethod.LSQ.word();

  @Option(
      names = "--first-last",
      paramLabel = "N",
      description = {
        "Bits of the first and the last layer's weights (default: 8; with --activations none those",
        "of --bits)."
      })
  private Optional<Integer> ends = Optional.empty();

  @Option(
      names = "--group",
      paramLabel = "SIZE",
      description = "With --activations none: weights share a scale in groups of so many.")
  private Optional<Integer> group = Optional.empty();

  @Option(
      names = "--plan",
      paramLabel = "PLAN.yaml",
      description = {
        "Which nodes become codes, how wide these are and where ranges begin: a plan of this model",
        "as swage plan writes it. With --bits, weights of the plan have that width."
      })
  private Optional<Path> plan = Optional.empty();

  /** Whether codes were asked for. */
  boolean given() {
    return bits.isPresent() || plan.isPresent();
  }

  Optional<Path> plan() {
    return plan;
  }

  /** Refuses what cannot be, before anything is read. */
  void check() {
    if (plan.isPresent()) {
      refuseBesidePlan("--activations", activations);
      refuseBesidePlan("--first-last", ends);
      refuseBesidePlan("--group", group);
    }
    if (given()) {
      options();
    } else if (ends.isPresent() || group.isPresent()) {
      throw new UsageException("--first-last and --group belong to --bits");
    }
  }

  private static void refuseBesidePlan(String option, Optional<?> value) {
    if (value.isPresent()) {
      throw new UsageException(
          option + " is no option beside --plan, which says what codes each node has: edit it");
    }
  }

  /**
   * The plan to follow, with the width that was asked for.
   *
   * @param source the model's file, which the plan must be for
   */
  Optional<CodesPlan> plan(Path source) {
    return plan.map(file -> {
      CodesPlan stored = CodesPlan.read(file);
      stored.requireMadeFor(source);
      return bits.isPresent() ? stored.withWeightBits(_ -> bits.get()) : stored;
    });
  }

  /** What the model is trained for. */
  QatOptions options() {
    QuantizerMethod how = QuantizerMethod.byWord().get(method);
    if (how == null) {
      throw new UsageException(
          "--method: unknown '%s'; one of %s"
              .formatted(method, new TreeSet<>(QuantizerMethod.byWord().keySet())));
    }
    int width = width("--bits", bits.orElse(MOST), 2);
    try {
      QatOptions options =
          QatOptions.of(width).withMethod(how).withActivationBits(activationBits());
      if (ends.isPresent()) {
        options = options.withEndBits(width("--first-last", ends.get(), width));
      }
      return group.isPresent() ? grouped(options) : options;
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private QatOptions grouped(QatOptions options) {
    if (options.fixesRanges()) {
      throw new UsageException(
          "--group: integer kernels take one scale per channel; say --activations none too");
    }
    return options.withWeights(
        options.weights().withGrouping(WeightGrouping.groups(group.orElseThrow())));
  }

  private static int width(String option, int bits, int least) {
    if (bits < least || bits > MOST) {
      throw new UsageException("%s must be %d to 8, got %d".formatted(option, least, bits));
    }
    return bits;
  }

  private int activationBits() {
    Map<String, Integer> known =
        Map.of("none", 0, "uint4", 4, "uint5", 5, "uint6", 6, "uint7", 7, "uint8", MOST);
    String word = activations.orElse("uint8");
    Integer width = known.get(word.toLowerCase(Locale.ROOT));
    if (width == null) {
      throw new UsageException(
          "--activations: unknown '%s'; one of %s".formatted(word, new TreeSet<>(known.keySet())));
    }
    return width;
  }
}
