package dev.swage.cli.recipe;

import dev.swage.compress.QuantizeData;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.plan.WeightChoice;
import dev.swage.compress.planner.PlanResolution;
import dev.swage.hybrid.QatOptions;
import dev.swage.hybrid.QuantizationAware;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelFile;
import java.nio.file.Path;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/**
 * A plan of a file that says what is trained through codes. What is wrong with it is said with the
 * file's name.
 */
public record CodesPlan(Path file, PlanDocument document) {
  private static final int FULL = 8;

  /**
   * Reads a file.
   *
   * @throws dev.swage.data.yaml.YamlException naming file, line and key
   * @throws CompressException if nothing of it becomes codes
   */
  public static CodesPlan read(Path file) {
    CodesPlan plan = new CodesPlan(file, PlanFile.read(file));
    if (plan.document.weights().isEmpty()) {
      throw new CompressException(file + ": the plan has no weight that becomes codes");
    }
    return plan;
  }

  /** The least bits that any of its weights has. */
  public int weightBits() {
    return document.weights().stream().mapToInt(WeightChoice::bits).min().orElse(FULL);
  }

  /** The least bits that any of its activations has; 0 where all stay floats. */
  public int activationBits() {
    return document.values().stream().mapToInt(value -> value.scheme().bits()).min().orElse(0);
  }

  /** The same with other widths of weights. */
  public CodesPlan withWeightBits(IntUnaryOperator bits) {
    return new CodesPlan(file, document.withWeightBits(bits));
  }

  /** The same options for codes of these widths. */
  public QatOptions widths(QatOptions options) {
    return options
        .withWeights(options.weights().withBits(weightBits()))
        .withActivationBits(activationBits());
  }

  /**
   * Refuses a plan that was made for another file.
   *
   * @throws CompressException naming both hashes
   */
  public void requireMadeFor(Path model) {
    named(() -> {
      ModelHash hash = ModelHash.of(ModelFile.read(model));
      PlanResolution.requireHash(document, hash, model.toString());
      return hash;
    });
  }

  /**
   * As {@link QuantizationAware#plan(PlanDocument, OnnxModel, String, QuantizeData, QatOptions)}.
   */
  public QuantizationAware of(OnnxModel model, String name, QuantizeData data, QatOptions options) {
    return named(() -> QuantizationAware.plan(document, model, name, data, options));
  }

  private <T> T named(Supplier<T> work) {
    try {
      return work.get();
    } catch (CompressException e) {
      throw new CompressException(file + ": " + e.getMessage(), e);
    }
  }
}
