package dev.swage.run.score;

import dev.swage.data.Batch;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RunException;
import dev.swage.run.measure.OutputError;
import dev.swage.run.measure.OutputMeasure;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Adds up, run by run, how near a candidate's outputs are to a reference's. */
final class OutputRuns {
  private static final int MISSING = -1;

  private final String reference;
  private final List<String> names;
  private final String candidate;
  private final int[] places;
  private final List<@Nullable OutputMeasure> errors = new ArrayList<>();
  private long rows;
  private long agreed;

  /**
   * Of two models.
   *
   * @param names of the reference's outputs
   * @param others of the candidate's: the same by name, or by place where a name is new
   */
  OutputRuns(String reference, List<String> names, String candidate, List<String> others) {
    this.reference = reference;
    this.names = names;
    this.candidate = candidate;
    this.places = new int[names.size()];
    for (int i = 0; i < places.length; i++) {
      int named = others.indexOf(names.get(i));
      boolean renamed = named < 0 && i < others.size() && !names.contains(others.get(i));
      places[i] = named >= 0 ? named : renamed ? i : MISSING;
      errors.add(null);
    }
  }

  static OutputRuns of(ModelSession reference, ModelSession candidate) {
    return new OutputRuns(reference.name(), names(reference), candidate.name(), names(candidate));
  }

  static List<String> names(ModelSession session) {
    return session.outputs().stream().map(output -> output.name()).toList();
  }

  /**
   * Adds one run.
   *
   * @param count how many samples of the batch are no repetitions
   */
  void add(List<Tensor> expected, List<Tensor> found, Batch batch, int count) {
    for (int i = 0; i < places.length; i++) {
      Tensor x = expected.get(i);
      OutputMeasure measure = measure(i, x.dtype());
      if (places[i] == MISSING) {
        measure.addMissing();
      } else {
        Tensor y = found.get(places[i]);
        requireComparable(i, x, y);
        measure.add(x, y, batch.size(), count);
      }
    }
    if (places.length > 0 && places[0] != MISSING) {
      countClasses(expected.getFirst(), found.get(places[0]), batch, count);
    }
  }

  private void requireComparable(int output, Tensor x, Tensor y) {
    boolean values = OutputMeasure.areValues(x.dtype()) && OutputMeasure.areValues(y.dtype());
    if ((x.dtype() != y.dtype() && !values) || x.shape().rank() != y.shape().rank()) {
      throw new RunException(
          String.format(
              Locale.ROOT,
              "%s gives %s for output '%s' where %s gives %s",
              candidate,
              y,
              names.get(output),
              reference,
              x));
    }
  }

  private OutputMeasure measure(int output, DType dtype) {
    OutputMeasure measure = errors.get(output);
    if (measure == null) {
      measure = new OutputMeasure(names.get(output), dtype);
      errors.set(output, measure);
    }
    return measure;
  }

  private void countClasses(Tensor x, Tensor y, Batch batch, int count) {
    if (x.dtype() != DType.FLOAT32
        || y.dtype() != DType.FLOAT32
        || x.shape().rank() != 2
        || x.shape().dim(1) < 2
        || !x.shape().equals(y.shape())) {
      return;
    }
    int columns = Math.toIntExact(x.shape().dim(1));
    int all = Math.toIntExact(x.shape().dim(0));
    int counted = all == batch.size() ? count : all;
    int[] a = OutputScores.predict(x.toFloats(), columns, counted, OutputKind.UNKNOWN);
    int[] b = OutputScores.predict(y.toFloats(), columns, counted, OutputKind.UNKNOWN);
    for (int i = 0; i < counted; i++) {
      agreed += a[i] == b[i] ? 1 : 0;
    }
    rows += counted;
  }

  OutputFidelity fidelity(int samples) {
    List<OutputError> outputs = new ArrayList<>();
    for (OutputMeasure error : errors) {
      if (error != null) {
        outputs.add(error.error());
      }
    }
    return new OutputFidelity(
        samples,
        outputs,
        rows == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) agreed / rows));
  }
}
