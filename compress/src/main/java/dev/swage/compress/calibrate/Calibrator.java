package dev.swage.compress.calibrate;

import dev.swage.compress.plan.ModelHash;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ActivationGroups;
import dev.swage.run.ActivationSession;
import dev.swage.run.BatchRetry;
import dev.swage.run.ModelFile;
import dev.swage.run.SampleFeed;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Observes a model's activations in ONNX Runtime. Samples are streamed, one batch for each thread
 * at a time; what remains of them is a histogram and a few numbers per tensor. Memory: O(bins) per
 * tensor, and the observed activations of one run per thread, bounded by {@link
 * CalibrationOptions#memoryBudget}; it does not grow with the number of samples.
 *
 * <p>Models that carry states get zeros for them, or, where the data are streams, what the batch
 * before ended with; then one thread runs the batches in order.
 *
 * <p>ONNX Runtime runs on one thread per sample, so that results do not depend on how many there
 * are.
 */
public final class Calibrator {
  private final CalibrationOptions options;
  private final CalibrationListener listener;

  /** An observer with these options that tells the listener how far it is. */
  public Calibrator(CalibrationOptions options, CalibrationListener listener) {
    this.options = options;
    this.listener = listener;
  }

  /**
   * Runs all samples of the data.
   *
   * @throws NothingToObserveException if the model has nothing to observe
   * @throws dev.swage.run.RunException if the data is not what the model wants, in one line that
   *     says what that is, or ONNX Runtime cannot run the model
   */
  public Calibration observe(ModelFile model, DataSource data) {
    return observe(model.path().toString(), model.model(), ModelHash.of(model).digits(), data);
  }

  /**
   * Runs all samples of the data through a model in memory, as one prepared for quantization.
   *
   * @param name what to call the model
   * @param sha256 hash that tells the model apart, as {@link ModelHash} of the file it came from
   */
  public Calibration observe(String name, OnnxModel model, String sha256, DataSource data) {
    ActivationChoice choice = ActivationChoice.of(model.graph());
    List<LeftOut> leftOut = new ArrayList<>(choice.leftOut());
    SessionOptions session =
        SessionOptions.defaults().withThreads(1).withShapesVary(data.largestBatch() == 1);
    List<String> tensors;
    List<Tensor> largest;
    int batchSize;
    try (ActivationSession all = ActivationSession.open(name, model, choice.tensors(), session)) {
      tensors = floats(all, leftOut);
      if (tensors.isEmpty()) {
        throw nothing(name, leftOut);
      }
      Run first =
          BatchRetry.over(
              all.session(),
              data,
              options.batchSize(),
              feed -> first(all, data, feed, options.batchSize()));
      batchSize = first.batchSize();
      largest = first.inputs();
    }
    List<List<String>> groups =
        ActivationGroups.within(
            options.memoryBudget() / options.threads(),
            tensors,
            ActivationSession.shapes(name, model, tensors, largest, session));
    listener.started(tensors.size(), data.size(), groups.size());
    ObservationPass.Progress progress =
        new ObservationPass.Progress(listener, (long) data.size() * groups.size());
    List<TensorCalibration> observed = new ArrayList<>();
    for (List<String> group : groups) {
      try (ActivationSession some = ActivationSession.open(name, model, group, session)) {
        SampleFeed feed = new SampleFeed(some.session(), data, batchSize);
        observed.addAll(new ObservationPass(some, feed, data, options, progress).run());
      }
    }
    observed.stream()
        .filter(tensor -> tensor.statistics().isEmpty())
        .forEach(
            tensor -> leftOut.add(new LeftOut(tensor.name(), LeftOutReason.NO_FINITE_ELEMENT)));
    return new Calibration(
        name, sha256, data.name(), data.hash(), data.size(), batchSize, observed, leftOut);
  }

  /** How many samples a run takes, and the inputs of the largest one. */
  private record Run(int batchSize, List<Tensor> inputs) {}

  /** Batches that a model may fail on are run before they are relied on. */
  private static Run first(
      ActivationSession session, DataSource data, SampleFeed feed, int wanted) {
    List<Tensor> inputs =
        session.complete(data, feed.inputs(feed.batch(largestSample(data, feed))));
    if (wanted > 1) {
      session.session().run(inputs);
    }
    return new Run(feed.batchSize(), inputs);
  }

  private static NothingToObserveException nothing(String name, List<LeftOut> leftOut) {
    Map<LeftOutReason, Long> reasons =
        leftOut.stream()
            .collect(
                Collectors.groupingBy(
                    LeftOut::reason,
                    () -> new EnumMap<>(LeftOutReason.class),
                    Collectors.counting()));
    return new NothingToObserveException(
        "%s has no float32 activation to observe in its main graph; %s; mode weight-only needs none"
            .formatted(
                name,
                reasons.isEmpty()
                    ? "it has no nodes"
                    : reasons.entrySet().stream()
                        .map(e -> "%s values: %s".formatted(e.getValue(), e.getKey().text()))
                        .collect(Collectors.joining("; "))));
  }

  private static List<String> floats(ActivationSession session, List<LeftOut> leftOut) {
    List<String> floats = new ArrayList<>();
    for (String value : session.values()) {
      if (session.describe(value).dtype().filter(type -> type == DType.FLOAT32).isPresent()) {
        floats.add(value);
      } else {
        leftOut.add(new LeftOut(value, LeftOutReason.NOT_FLOAT32));
      }
    }
    return floats;
  }

  /** First sample of the batch that takes the most memory, where samples may differ in shape. */
  private static int largestSample(DataSource data, SampleFeed feed) {
    if (data.largestBatch() > 1) {
      return 0;
    }
    int largest = 0;
    long most = -1;
    for (int sample = 0; sample < data.size(); sample++) {
      long elements =
          feed.batch(sample).inputs().stream().mapToLong(t -> t.shape().elements()).sum();
      if (elements > most) {
        most = elements;
        largest = sample;
      }
    }
    return largest;
  }
}
