package dev.swage.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.clip.ClipHistory;
import dev.swage.clip.GradientClipper;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.checkpoint.Snapshot;
import dev.swage.train.quantize.QuantizerKeeper;
import dev.swage.train.torch.TorchSession;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything of a run that changes from step to step, to and from a checkpoint. What can be derived
 * is not stored: the order of the samples follows from seed and epoch, the learning rate from the
 * step.
 *
 * @param parameters in the session's order
 */
record TrainingState(
    TorchSession session,
    List<Parameter> parameters,
    Optimizer.Stepper stepper,
    GradientClipper clipper,
    Best best,
    Optional<WeightAverage> average,
    WeightTable weights,
    QuantizerKeeper quantizers,
    Optional<Teacher> teacher) {
  private static final String MODEL = "model/";
  private static final String OPTIMIZER = "optimizer/";
  private static final String CLIP = "clip/";
  private static final String STATES = "states/";
  private static final String RANGE = "range/";
  private static final String QUANTIZERS = "quantizers/";
  private static final String TEACHER = "teacher/";

  /** A copy of the state as it is now; {@code manifest} gets what is no tensor. */
  Snapshot capture(Progress progress, ObjectNode manifest) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    session.values().forEach((name, value) -> tensors.put(MODEL + name, value));
    stepper.state().forEach((name, bytes) -> tensors.put(OPTIMIZER + name, copy(name, bytes)));
    clipper.state().forEach((name, values) -> tensors.put(CLIP + name, Manifest.ofDoubles(values)));
    session.states().forEach((name, value) -> tensors.put(STATES + name, value));
    weights
        .ranges()
        .ifPresent(keeper ->
            keeper
                .state()
                .forEach((name, own) -> tensors.put(RANGE + name, Manifest.ofDoubles(own))));
    teacher.ifPresent(
        known -> known.states().forEach((name, value) -> tensors.put(TEACHER + name, value)));
    quantizers.state().forEach((name, bytes) -> tensors.put(QUANTIZERS + name, copy(name, bytes)));
    weights.save(progress.weights, tensors);
    best.save(manifest, tensors);
    average.ifPresent(a -> a.save(tensors));
    manifest.put("dropoutMasks", session.masksDrawn());
    save(progress, manifest, tensors);
    return new Snapshot(progress.step, manifest, tensors);
  }

  /** Under the parameter's shape if it is a state of one, else as bytes. */
  private Tensor copy(String name, MemorySegment bytes) {
    MemorySegment copy = HeapMemory.allocate(bytes.byteSize()).copyFrom(bytes);
    return parameters.stream()
        .filter(p -> name.endsWith("/" + p.name()) && p.data().byteSize() == bytes.byteSize())
        .findFirst()
        .map(p -> Tensor.of(DType.FLOAT32, p.shape(), copy))
        .orElseGet(() -> Tensor.of(DType.UINT8, Shape.of(bytes.byteSize()), copy));
  }

  private static void save(Progress progress, ObjectNode manifest, Map<String, Tensor> tensors) {
    Progress.EpochSums sums = progress.sums;
    manifest.put("epoch", progress.epoch);
    manifest.put("stepInEpoch", sums.steps);
    manifest.put("correctInEpoch", sums.correct);
    manifest.put("labelsInEpoch", sums.labels);
    manifest.put("samplesInEpoch", sums.samples);
    tensors.put("epoch", Manifest.ofDoubles(sums.loss, sums.seconds));
    EpochTable.save(progress.epochs, tensors);
    tensors.put(
        "history/losses",
        Manifest.ofDoubles(progress.stepLosses.stream().mapToDouble(v -> v).toArray()));
    ClipHistory.Snapshot clip = progress.clip.snapshot();
    manifest.put("clipMethod", clip.method());
    manifest.put("skippedSteps", clip.skipped());
    manifest.put("nonFinite", clip.nonFinite());
    tensors.put("history/norms", Manifest.ofDoubles(clip.norms()));
    tensors.put("history/thresholds", Manifest.ofDoubles(clip.thresholds()));
    tensors.put("history/threshold", Manifest.ofDoubles(clip.threshold()));
    tensors.put("history/coefficients", Manifest.ofDoubles(clip.coefficients()));
    tensors.put("history/parameterNorms", Manifest.ofDoubles(progress.norms.state()));
    long[] words = clip.clipped().toLongArray();
    tensors.put("history/clipped", Tensor.ofLongs(Shape.of(words.length), words));
  }

  /** The model with a checkpoint's weights and running statistics. */
  static OnnxModel restoredModel(OnnxModel model, Checkpoint checkpoint) {
    Graph.Builder graph = model.graph().toBuilder();
    Manifest.below(checkpoint, MODEL)
        .forEach((name, value) -> {
          Tensor fresh = model.graph().initializers().get(name);
          if (fresh == null || !fresh.toString().equals(value.toString())) {
            throw checkpoint.error(
                "%s is %s, the model has %s there".formatted(name, value, fresh));
          }
          graph.initializer(name, value);
        });
    return model.withGraph(graph.build());
  }

  /** Goes on from a checkpoint; the session has its {@link #restoredModel} already. */
  Progress restore(Checkpoint checkpoint) {
    session.continueAfterMasks(Manifest.integer(checkpoint, "dropoutMasks", 0, Long.MAX_VALUE));
    fill(stepper.state(), checkpoint, OPTIMIZER);
    if (!Manifest.below(checkpoint, QUANTIZERS).isEmpty()) {
      quantizers.resume();
      fill(quantizers.state(), checkpoint, QUANTIZERS);
    }
    try {
      clipper.restore(numbers(checkpoint, CLIP));
      weights.ranges().ifPresent(keeper -> keeper.restore(numbers(checkpoint, RANGE)));
    } catch (IllegalArgumentException e) {
      throw checkpoint.error(String.valueOf(e.getMessage()));
    }
    try {
      session.setStates(Manifest.below(checkpoint, STATES));
      teacher.ifPresent(known -> known.setStates(Manifest.below(checkpoint, TEACHER)));
    } catch (IllegalArgumentException e) {
      throw checkpoint.error(String.valueOf(e.getMessage()));
    }
    best.restore(checkpoint);
    average.ifPresent(a -> a.restore(checkpoint));
    return progress(checkpoint);
  }

  private static void fill(Map<String, MemorySegment> state, Checkpoint checkpoint, String prefix) {
    state.forEach((name, bytes) -> {
      Tensor saved = Manifest.tensor(checkpoint, prefix + name);
      if (saved.byteSize() != bytes.byteSize()) {
        throw checkpoint.error(
            "%s state %s has %d bytes, this run needs %d"
                .formatted(
                    prefix.substring(0, prefix.length() - 1),
                    name,
                    saved.byteSize(),
                    bytes.byteSize()));
      }
      bytes.copyFrom(saved.data());
    });
  }

  private static Map<String, double[]> numbers(Checkpoint checkpoint, String prefix) {
    Map<String, double[]> state = new LinkedHashMap<>();
    Manifest.below(checkpoint, prefix)
        .forEach((name, tensor) ->
            state.put(
                name, Manifest.doubles(checkpoint, prefix + name, tensor.shape().elements())));
    return state;
  }

  private Progress progress(Checkpoint checkpoint) {
    Progress progress = new Progress(parameters.stream().map(Parameter::name).toList());
    progress.step = Manifest.integer(checkpoint, "step", 0, Integer.MAX_VALUE);
    progress.epochs.addAll(EpochTable.restore(checkpoint, checkpoint.epochs()));
    progress.epoch = checkpoint.epochs() + 1;
    Progress.EpochSums sums = progress.sums;
    sums.steps = Math.toIntExact(Manifest.integer(checkpoint, "stepInEpoch", 0, progress.step));
    sums.correct = Manifest.integer(checkpoint, "correctInEpoch", 0, Long.MAX_VALUE);
    sums.labels = Manifest.integer(checkpoint, "labelsInEpoch", 0, Long.MAX_VALUE);
    sums.samples = Manifest.integer(checkpoint, "samplesInEpoch", 0, Long.MAX_VALUE);
    double[] epoch = Manifest.doubles(checkpoint, "epoch", 2);
    sums.loss = epoch[0];
    sums.seconds = epoch[1];
    for (double loss : Manifest.doubles(checkpoint, "history/losses", progress.step)) {
      progress.stepLosses.add(loss);
    }
    progress.weights.addAll(weights.restore(checkpoint));
    progress.clip = ClipHistory.of(clip(checkpoint, progress.step));
    progress.norms.restore(
        Manifest.doubles(checkpoint, "history/parameterNorms", progress.norms.state().length));
    return progress;
  }

  private static ClipHistory.Snapshot clip(Checkpoint checkpoint, long steps) {
    Tensor clipped = Manifest.tensor(checkpoint, "history/clipped");
    if (clipped.dtype() != DType.INT64 || clipped.shape().elements() > Math.ceilDiv(steps, 64L)) {
      throw checkpoint.error("history/clipped is %s, for %d steps".formatted(clipped, steps));
    }
    return new ClipHistory.Snapshot(
        Manifest.doubles(checkpoint, "history/norms", steps),
        Manifest.doubles(checkpoint, "history/thresholds", steps),
        Manifest.doubles(checkpoint, "history/coefficients", steps),
        BitSet.valueOf(clipped.toLongs()),
        Manifest.integer(checkpoint, "skippedSteps", 0, steps),
        Manifest.integer(checkpoint, "nonFinite", 0, Long.MAX_VALUE),
        checkpoint.manifest().path("clipMethod").asText(),
        Manifest.doubles(checkpoint, "history/threshold", 1)[0]);
  }
}
