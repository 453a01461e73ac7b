package dev.swage.compress;

import dev.swage.compress.StaticOptions.Objective;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.CalibrationListener;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.compress.calibrate.ModelHash;
import dev.swage.compress.prepare.Preparation;
import dev.swage.compress.prepare.PreparationOptions;
import dev.swage.compress.prepare.Prepared;
import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.compress.qdq.QdqPlanner;
import dev.swage.compress.qdq.QdqRewriter;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Quantizes weights and activations to 8 bits with ranges fixed ahead (static W8A8), in standard
 * QuantizeLinear and DequantizeLinear operators: prepares the model, observes its activations on
 * calibration data, plans, rewrites, and proves the file.
 *
 * <pre>{@code
 * StaticQuantization.of(StaticOptions.defaults()).convert(model, small, DataSource.open("idx:mnist?limit=256"));
 * }</pre>
 */
public final class StaticQuantization {
  /** The operator set whose DequantizeLinear first takes a scale per channel. */
  private static final long OPSET = 13;

  private final StaticOptions options;
  private final CalibrationListener listener;

  private StaticQuantization(StaticOptions options, CalibrationListener listener) {
    this.options = options;
    this.listener = listener;
  }

  public static StaticQuantization of(StaticOptions options) {
    return new StaticQuantization(options, CalibrationListener.NONE);
  }

  /** The same, telling the listener how far the observation is. */
  public StaticQuantization reporting(CalibrationListener progress) {
    return new StaticQuantization(options, progress);
  }

  /** The model as it is planned and rewritten: simplified, in operator set 13 or later. */
  public static Prepared prepare(OnnxModel model) {
    return Preparation.of(
        model, PreparationOptions.defaults().withOpset(OPSET).withIntegerForms(true));
  }

  /**
   * What happens to each node of a prepared model.
   *
   * @param prepared as by {@link #prepare}
   * @param calibration of the prepared model, or of the model it was prepared from
   * @throws CompressException if an excluded name is not in the model, or no node can be quantized
   *     (the message counts the reasons)
   */
  public QdqPlan plan(OnnxModel prepared, Calibration calibration) {
    requireKnown(prepared.graph());
    try {
      QdqPlan plan =
          QdqPlanner.plan(prepared.graph(), calibration, options.range(), options.exclude());
      if (plan.quantized() == 0) {
        throw new CompressException("no node can be quantized: " + kept(plan));
      }
      return plan;
    } catch (IllegalArgumentException e) {
      throw new CompressException(String.valueOf(e.getMessage()), e);
    }
  }

  private void requireKnown(Graph graph) {
    for (String name : options.exclude()) {
      boolean known =
          graph.initializers().containsKey(name)
              || graph.nodes().stream().anyMatch(node -> isNamed(node, name));
      if (!known) {
        throw new CompressException(
            "cannot exclude '%s': the prepared model has no node, weight or value of that name"
                .formatted(name));
      }
    }
  }

  private static boolean isNamed(Node node, String name) {
    return node.name().equals(name)
        || node.inputs().contains(name)
        || node.outputs().contains(name);
  }

  private static String kept(QdqPlan plan) {
    Map<String, Long> reasons =
        plan.nodes().stream()
            .map(QdqPlan.PlannedNode::decision)
            .filter(NodeDecision.Keep.class::isInstance)
            .map(NodeDecision.Keep.class::cast)
            .collect(
                Collectors.groupingBy(
                    keep -> keep.reason().text(), TreeMap::new, Collectors.counting()));
    return reasons.entrySet().stream()
        .map(entry -> "%d × %s".formatted(entry.getValue(), entry.getKey()))
        .collect(Collectors.joining("; "));
  }

  /**
   * Quantizes one file into another.
   *
   * @param data to calibrate on; the result is proven on it too
   * @throws CompressException if the output is the input or cannot be written, preparing changes
   *     the outputs, or the proof fails; nothing is left under the output's name then
   */
  public StaticConversion convert(Path input, Path output, DataSource data) {
    return convert(input, output, data, Optional.empty());
  }

  /**
   * As {@link #convert(Path, Path, DataSource)}, with activations observed before.
   *
   * @param data what the result is proven on
   * @param observed on the input; calibrates on {@code data} when empty
   */
  public StaticConversion convert(
      Path input, Path output, DataSource data, Optional<Calibration> observed) {
    WeightOnly.requireOther(input, output);
    ModelFile file = ModelFile.read(input);
    String hash = ModelHash.of(file);
    observed.ifPresent(calibration -> calibration.requireModel(input, hash));
    Prepared prepared = prepare(file.model());
    Calibration calibration =
        observed.orElseGet(() ->
            new Calibrator(options.calibration(), listener)
                .observe(input.toString(), prepared.model(), hash, data));
    QdqPlan plan = plan(prepared.model(), calibration);
    OnnxModel described =
        prepared
            .model()
            .withMetadata(
                WeightOnly.SCHEME_KEY,
                "static: weights int8 symmetric per channel, activations uint8 asymmetric, %s range, QDQ"
                    .formatted(options.range().label()));
    QdqModel quantized = QdqRewriter.rewrite(described, plan);
    try (Staging staging = Staging.beside(output)) {
      staging.write(quantized.model());
      StaticVerifier verifier = new StaticVerifier(input, staging.file(), quantized, data);
      Optional<Agreement> agreement = verifier.agreement(prepared);
      StaticProof proof = verifier.prove();
      boolean good = options.objective() == Objective.SIZE || proof.latency().ratio() > 1;
      long bytes = good ? staging.commit() : staging.bytes();
      return new StaticConversion(
          quantized,
          prepared,
          agreement,
          options.range().label(),
          calibration,
          proof,
          file.bytes(),
          bytes,
          good);
    } catch (IOException e) {
      throw new CompressException("%s: cannot be written: %s".formatted(output, e), e);
    }
  }
}
