package dev.swage.hybrid;

import dev.swage.compress.Conversion;
import dev.swage.compress.QuantizeData;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.train.Adam;
import dev.swage.train.Loss;
import dev.swage.train.Trainer;
import dev.swage.train.quantize.FakeQuantize;
import dev.swage.train.quantize.TrainedQuantizer;
import dev.swage.train.torch.TorchSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/** A model that was trained through codes, what its executor computes, and the file made of it. */
final class TrainedCodes {
  private final QuantizationAware qat;
  private final OnnxModel trained;
  private final DataSource data;
  private final Conversion conversion;
  private final OnnxModel file;

  private TrainedCodes(
      QuantizationAware qat,
      OnnxModel trained,
      DataSource data,
      Conversion conversion,
      OnnxModel file) {
    this.qat = qat;
    this.trained = trained;
    this.data = data;
    this.conversion = conversion;
    this.file = file;
  }

  /** Some steps of training, then the file. */
  static TrainedCodes of(SmallNet net, QatOptions options, Path output) {
    return of(net, options, (_, _) -> {}, output);
  }

  /** Twelve steps, with further settings. */
  static TrainedCodes of(
      SmallNet net,
      QatOptions options,
      BiConsumer<QuantizationAware, Trainer> settings,
      Path output) {
    DataSource data = net.data();
    QuantizationAware qat =
        QuantizationAware.plan(
            net.model(),
            options.fixesRanges() ? QuantizeData.of(data) : QuantizeData.none(),
            options);
    return of(qat, data, settings, output);
  }

  /** The same of what was planned before. */
  static TrainedCodes of(QuantizationAware qat, DataSource data, Path output) {
    return of(qat, data, (_, _) -> {}, output);
  }

  private static TrainedCodes of(
      QuantizationAware qat,
      DataSource data,
      BiConsumer<QuantizationAware, Trainer> settings,
      Path output) {
    Trainer trainer =
        Trainer.of(qat.model())
            .loss(Loss.crossEntropyWithLogits())
            .optimizer(Adam.of(0.01))
            .batchSize(16)
            .epochs(3)
            .seed(7);
    settings.accept(qat, trainer);
    OnnxModel trained = trainer.fit(data).model();
    Conversion conversion = qat.write(trained, output, Optional.of(data));
    return new TrainedCodes(qat, trained, data, conversion, OnnxReader.read(output));
  }

  QuantizationAware qat() {
    return qat;
  }

  OnnxModel trained() {
    return trained;
  }

  Conversion conversion() {
    return conversion;
  }

  OnnxModel file() {
    return file;
  }

  /** All samples. */
  List<Tensor> inputs() {
    return data.batch(IntStream.range(0, Math.toIntExact(data.size())).toArray()).inputs();
  }

  /** What goes into a quantizer, and what comes out of it. */
  record Passed(TrainedQuantizer quantizer, Tensor before, Tensor after) {}

  /** What passes through every quantizer of an activation in the trainer's forward pass. */
  List<Passed> activations() {
    Map<String, Node> nodes = new LinkedHashMap<>();
    trained.graph().nodes().stream()
        .filter(FakeQuantize::is)
        .forEach(node -> nodes.put(node.name(), node));
    List<TrainedQuantizer> quantizers =
        qat.trained(trained).stream().filter(quantizer -> !quantizer.isWeight()).toList();
    List<String> names = new ArrayList<>();
    for (TrainedQuantizer quantizer : quantizers) {
      Node node = Objects.requireNonNull(nodes.get(quantizer.value() + "/fake-quantize"));
      names.add(node.input(0));
      names.add(node.outputs().getFirst());
    }
    List<Tensor> values = executed(names);
    return IntStream.range(0, quantizers.size())
        .mapToObj(i -> new Passed(quantizers.get(i), values.get(2 * i), values.get(2 * i + 1)))
        .toList();
  }

  /** The executor's first output. */
  Tensor output() {
    return executed(List.of(trained.graph().outputs().getFirst().name())).getFirst();
  }

  private List<Tensor> executed(List<String> names) {
    Graph graph = trained.graph();
    List<ValueInfo> outputs =
        names.stream()
            .distinct()
            .map(name -> new ValueInfo(name, Optional.of(DType.FLOAT32), Optional.empty()))
            .toList();
    if (outputs.isEmpty()) {
      return List.of();
    }
    // An input of the graph is no output of a node: it is known as it is.
    List<ValueInfo> computed =
        outputs.stream()
            .filter(output ->
                graph.feeds().stream().noneMatch(feed -> feed.name().equals(output.name())))
            .toList();
    OnnxModel showing = trained.withGraph(graph.toBuilder().outputs(computed).build());
    List<Tensor> inputs = inputs();
    try (TorchSession session = TorchSession.open(showing, TorchSession.Head.OUTPUT, 0)) {
      List<Tensor> values = session.outputs(inputs);
      Map<String, Tensor> byName = new LinkedHashMap<>();
      IntStream.range(0, computed.size())
          .forEach(i -> byName.put(computed.get(i).name(), values.get(i)));
      IntStream.range(0, graph.feeds().size())
          .forEach(i -> byName.put(graph.feeds().get(i).name(), inputs.get(i)));
      return names.stream().map(name -> Objects.requireNonNull(byName.get(name), name)).toList();
    }
  }
}
