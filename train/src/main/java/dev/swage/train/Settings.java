package dev.swage.train;

import dev.swage.data.DataSource;
import dev.swage.files.Sha256;
import dev.swage.kernel.Simd;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import dev.swage.train.quantize.QuantizerSchedule;
import dev.swage.train.torch.lib.TorchRuntime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What decides a run's bits, as texts that a checkpoint carries and a resumed run must match. */
final class Settings {
  private Settings() {}

  /** The settings by name. Costs one read of the data and of the model's weights. */
  static Map<String, String> of(Trainer trainer, OnnxModel model, DataSource data) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("loss", trainer.loss.orElseThrow().describe());
    settings.put("optimizer", trainer.optimizer.orElseThrow().describe());
    settings.put("learning rate", trainer.schedule.toString());
    settings.put("clip", trainer.clipper.describe());
    settings.put("batch size", Integer.toString(trainer.batchSize));
    settings.put("accumulate", Integer.toString(trainer.accumulate));
    settings.put("epochs", Integer.toString(trainer.epochs));
    settings.put("seed", Long.toString(trainer.seed));
    settings.put("early stopping", trainer.earlyStopping.map(Record::toString).orElse("none"));
    settings.put("stop", trainer.target.map(Record::toString).orElse("none"));
    if (!trainer.weights.equals(WeightSelection.ALL)) {
      settings.put("weights", trainer.weights.toString());
    }
    if (trainer.frozenStatistics) {
      settings.put("running statistics", "frozen");
    }
    if (!trainer.quantizers.equals(QuantizerSchedule.CONSTANT)) {
      settings.put("quantizers", trainer.quantizers.describe());
    }
    trainer.lesson.ifPresent(
        lesson -> settings.put("distillation", lesson.how() + " from " + hash(lesson.teacher())));
    trainer.ranges.ifPresent(ranges -> settings.put("range control", ranges.describe()));
    trainer.averaging.ifPresent(decay -> settings.put("average of weights", "decay " + decay));
    trainer.disturbance.ifPresent(d -> settings.put("disturbance", d.toString()));
    if (data.schema().statistics().isPresent()) {
      settings.put("statistics of the columns", "a part of the model");
    }
    settings.put("model", hash(model));
    settings.put("training data", data.hash());
    settings.put("validation data", trainer.validation.map(DataSource::hash).orElse("none"));
    return settings;
  }

  /** Where the bits are computed: another machine, library or thread count may round otherwise. */
  static Map<String, String> runtime() {
    Map<String, String> runtime = new LinkedHashMap<>();
    runtime.put("machine", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    String libtorch = TorchRuntime.describe();
    runtime.put("library", libtorch.substring(0, libtorch.indexOf(',')));
    runtime.put("threads", Integer.toString(TorchRuntime.threads()));
    runtime.put("kernels", Simd.describe());
    return runtime;
  }

  /** Refuses other settings than the checkpoint's, naming the first that differs. */
  static void requireSame(Checkpoint checkpoint, Map<String, String> now) {
    Map<String, String> then = Manifest.texts(checkpoint, "settings");
    for (Map.Entry<String, String> setting : now.entrySet()) {
      String before = then.getOrDefault(setting.getKey(), "unknown");
      if (!before.equals(setting.getValue())) {
        throw changed(checkpoint, setting.getKey(), before, setting.getValue());
      }
    }
    for (Map.Entry<String, String> setting : then.entrySet()) {
      if (!now.containsKey(setting.getKey())) {
        throw changed(checkpoint, setting.getKey(), setting.getValue(), "none");
      }
    }
  }

  private static TrainingException changed(
      Checkpoint checkpoint, String name, String before, String after) {
    return checkpoint.error(
        "%s changed since this checkpoint: %s → %s; resume with what it was, or train anew in another folder"
            .formatted(name, before, after));
  }

  /** What has changed of the {@link #runtime}, as a warning. */
  static Optional<String> runtimeChange(Checkpoint checkpoint) {
    Map<String, String> then = Manifest.texts(checkpoint, "runtime");
    return runtime().entrySet().stream()
        .filter(entry -> !entry.getValue().equals(then.get(entry.getKey())))
        .map(entry ->
            "%s changed since the checkpoint: %s → %s; the resumed run may differ in the last bits"
                .formatted(entry.getKey(), then.get(entry.getKey()), entry.getValue()))
        .findFirst();
  }

  /** SHA-256 over the graph's nodes and initializers. */
  private static String hash(OnnxModel model) {
    Sha256 hash = new Sha256();
    add(hash, model.graph());
    return hash.digits();
  }

  private static void add(Sha256 hash, Graph graph) {
    for (Node node : graph.nodes()) {
      add(hash, node.domain() + "/" + node.opType() + node.inputs() + node.outputs());
      new TreeMap<>(node.attributes())
          .forEach((name, attribute) -> {
            add(hash, name);
            add(hash, attribute);
          });
    }
    graph
        .initializers()
        .forEach((name, value) -> {
          add(hash, name);
          add(hash, value);
        });
    add(hash, graph.outputs().toString());
  }

  private static void add(Sha256 hash, Attribute attribute) {
    switch (attribute) {
      case Attribute.TensorValue tensor -> add(hash, tensor.value());
      case Attribute.GraphValue graph -> add(hash, graph.value());
      case Attribute.OpaqueValue _ -> add(hash, "opaque");
      default -> add(hash, attribute.toString());
    }
  }

  private static void add(Sha256 hash, Tensor tensor) {
    add(hash, tensor.toString());
    hash.add(tensor.data());
  }

  private static void add(Sha256 hash, String text) {
    hash.add(text);
    hash.add((byte) 0);
  }
}
