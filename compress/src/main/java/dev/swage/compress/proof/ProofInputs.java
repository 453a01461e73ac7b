package dev.swage.compress.proof;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.probe.ProbeSource;
import dev.swage.compress.probe.ValueRanges;
import dev.swage.compress.write.Staging;
import dev.swage.data.DataSource;
import dev.swage.graph.Rewrite;
import dev.swage.run.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a model is run on from its preparation to its proof: data that were given, or random inputs,
 * which are looked for once, when they are first needed.
 */
public final class ProofInputs {
  private final ModelFile model;
  private final ProofOptions options;
  private final Optional<DataSource> given;
  private final ValueRanges known;
  private ProbeSource.@Nullable Found found;
  private @Nullable List<Rewrite> compared;
  private Optional<Agreement> agreement = Optional.empty();

  /**
   * Inputs of a model.
   *
   * @param given data, if there are any
   * @param known ranges that random inputs are to lie in
   */
  public ProofInputs(
      ModelFile model, ProofOptions options, Optional<DataSource> given, ValueRanges known) {
    this.model = model;
    this.options = options;
    this.given = given;
    this.known = known;
  }

  private ProbeSource.Found found() {
    if (found == null) {
      found = ProbeSource.find(model, known);
    }
    return found;
  }

  /**
   * Samples to measure on.
   *
   * @throws CompressException if none were given and the model runs on no random inputs
   */
  public DataSource samples() {
    return given.orElseGet(() -> found().require(model));
  }

  /** Whether no data were given, and the model takes too much to be run on random inputs. */
  public boolean isLimited() {
    return given.isEmpty() && options.notRun(model.bytes()).isEmpty() && found().limited();
  }

  /**
   * What the proof runs on: only what was given, where it is not to run anything.
   *
   * @param required whether it has to
   * @throws CompressException if it has to and there is nothing to run on
   */
  public ProofData data(boolean required) {
    if (given.isPresent() || options.notRun(model.bytes()).isPresent()) {
      return new ProofData(given, Optional.empty(), Optional.empty());
    }
    if (required) {
      found().require(model);
    }
    return ProofData.of(found());
  }

  /**
   * How near the prepared model is to the source; empty where nothing was prepared or nothing is
   * run. It is compared once.
   *
   * @param output beside which there is room for a large model
   * @throws CompressException if they differ by more than rounding explains and more than ONNX
   *     Runtime's own optimizer changes
   */
  public Optional<Agreement> agreement(SourceModel source, Path output) {
    if (options.notRun(model.bytes()).isPresent()) {
      return Optional.empty();
    }
    if (!source.prepared().rewrites().equals(compared)) {
      try (Staging staging = Staging.beside(output)) {
        agreement = data(false).agreement(source, staging.workFolder());
        compared = source.prepared().rewrites();
      } catch (IOException e) {
        throw CompressException.cannotWrite(output, e);
      }
    }
    return agreement;
  }
}
