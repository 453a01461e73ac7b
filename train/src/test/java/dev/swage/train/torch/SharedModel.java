package dev.swage.train.torch;

import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.lib.TorchRuntime;
import dev.swage.train.torch.op.OperatorTable;
import dev.swage.train.torch.program.Backward;
import dev.swage.train.torch.program.Dropout;
import dev.swage.train.torch.program.Frame;
import dev.swage.train.torch.program.Persistents;
import dev.swage.train.torch.program.Program;
import dev.swage.train.torch.program.ProgramCompiler;
import dev.swage.train.torch.program.Run;
import dev.swage.train.torch.program.Schedule;
import dev.swage.train.torch.program.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;

/** A real model with the inputs and outputs that lie beside it. */
record SharedModel(Path file, Path testData) {
  /** Largest difference of an output, absolute or relative to the value. */
  double difference() throws IOException {
    double worst = 0;
    try (TorchSession session =
        TorchSession.open(OnnxReader.read(file), TorchSession.Head.OUTPUT, 0)) {
      for (Path set : sets()) {
        List<Tensor> outputs = session.outputs(tensors(set, "input_"));
        List<Tensor> expected = tensors(set, "output_");
        for (int i = 0; i < expected.size(); i++) {
          worst = Math.max(worst, difference(expected.get(i), outputs.get(i)));
        }
      }
    }
    return worst;
  }

  private static double difference(Tensor expected, Tensor got) {
    if (!got.shape().equals(expected.shape()) || got.dtype() != expected.dtype()) {
      return Double.POSITIVE_INFINITY;
    }
    if (expected.dtype() != DType.FLOAT32) {
      return got.data().mismatch(expected.data()) < 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    double worst = 0;
    float[] wanted = expected.toFloats();
    float[] have = got.toFloats();
    for (int i = 0; i < wanted.length; i++) {
      double error = Math.abs(wanted[i] - have[i]) / Math.max(1, Math.abs(wanted[i]));
      worst = error <= worst ? worst : Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }
    return worst;
  }

  /**
   * The gradients of the sum of squares of all float outputs, in training mode, for all float32
   * initializers that are no running statistics or exponents; nothing for those that the outputs do
   * not depend on.
   */
  Map<String, Optional<float[]>> gradients() throws IOException {
    TorchRuntime.require();
    OnnxModel model = Preparation.inlined(OnnxReader.read(file), GraphEvaluator.none());
    List<Tensor> inputs = tensors(sets().getFirst(), "input_");
    try (PointerScope _ = new PointerScope();
        Persistents persistents = new Persistents()) {
      Map<String, org.bytedeco.pytorch.Tensor> weights = new LinkedHashMap<>();
      weights(model.graph())
          .forEach(name -> {
            Tensor value = Objects.requireNonNull(model.graph().initializers().get(name));
            weights.put(name, TensorBridge.upload(value));
          });
      weights.values().forEach(weight -> weight.set_requires_grad(true));
      Program program =
          ProgramCompiler.compile(model, weights.keySet(), new OperatorTable(), persistents);
      backward(program, weights, inputs, persistents);
      Map<String, Optional<float[]>> gradients = new LinkedHashMap<>();
      weights.forEach((name, weight) -> gradients.put(name, gradient(weight)));
      return gradients;
    }
  }

  private static Set<String> weights(Graph main) {
    Set<String> weights = new LinkedHashSet<>();
    main.initializers()
        .forEach((name, value) -> {
          if (value.dtype() == DType.FLOAT32) {
            weights.add(name);
          }
        });
    weights.removeAll(Variables.of(main, List.of()).statistics());
    main.walk(graph ->
        graph.nodes().stream()
            .filter(node -> node.is("Pow"))
            .forEach(node -> weights.remove(node.input(1))));
    return weights;
  }

  private static void backward(
      Program program,
      Map<String, org.bytedeco.pytorch.Tensor> weights,
      List<Tensor> inputs,
      Persistents persistents) {
    Value[] slots = new Value[program.slots().size()];
    program
        .constants()
        .forEach((name, value) -> slots[program.slot(name)] = persistents.constant(value));
    weights.forEach((name, weight) -> slots[program.slot(name)] = Value.of(weight));
    Run run = new Run(Run.Mode.TRAINING, new Dropout(1));
    try (Frame frame = new Frame(slots, run)) {
      for (int i = 0; i < inputs.size(); i++) {
        Tensor input = inputs.get(i);
        frame.feed(program.feeds().get(i), input, TensorBridge.upload(input));
      }
      Schedule.of(program.steps(), program.outputs()).run(frame);
      org.bytedeco.pytorch.Tensor loss = TensorBridge.zeros();
      for (int slot : program.outputs()) {
        org.bytedeco.pytorch.Tensor output = frame.torch(slot);
        if (output.is_floating_point()) {
          loss = loss.add(output.mul(output).sum());
        }
      }
      Backward.from(loss);
      run.deferredBackward().forEach(Runnable::run);
    }
  }

  private static Optional<float[]> gradient(org.bytedeco.pytorch.Tensor weight) {
    org.bytedeco.pytorch.Tensor gradient = weight.grad();
    return gradient.defined()
        ? Optional.of(TensorBridge.download(gradient.contiguous()).toFloats())
        : Optional.empty();
  }

  private List<Path> sets() throws IOException {
    try (var folders = Files.list(testData)) {
      return folders.sorted().toList();
    }
  }

  private static List<Tensor> tensors(Path set, String prefix) {
    List<Tensor> tensors = new ArrayList<>();
    while (Files.exists(set.resolve(prefix + tensors.size() + ".pb"))) {
      tensors.add(OnnxReader.readTensor(set.resolve(prefix + tensors.size() + ".pb")));
    }
    return tensors;
  }
}
