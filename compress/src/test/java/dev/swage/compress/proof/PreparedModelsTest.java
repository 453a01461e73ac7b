package dev.swage.compress.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.probe.ProbeSource;
import dev.swage.compress.probe.ValueRanges;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.graph.RewriteKind;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import dev.swage.run.RuntimeEvaluator;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.onnx.LightModels;
import dev.swage.testkit.onnx.RandomWeights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real networks, prepared: ONNX Runtime loads them and gives what it gave before. */
class PreparedModelsTest {
  /** Larger networks keep their constant weights: nothing is normalized in them. */
  private static final long MAX_RANDOM = 40_000_000;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "ort-examples/mnist.onnx, 9",
    "tribuo/cnn_mnist.onnx, 12",
    "tribuo/iris-lr-model.onnx, 2",
    "silero-vad/silero_vad_16k_op15.onnx, 45",
    "silero-vad/silero_vad_op18_ifless.onnx, 4",
    "gtcrn/gtcrn.onnx, 469",
    "gtcrn/gtcrn_simple.onnx, 404",
    "ultraface/version-RFB-320.onnx, 128",
    "ultraface/version-RFB-320_simplified.onnx, 110",
    "resnet-cifar10/resnet20-12fca82f.derived.onnx, 54",
    "onnxruntime-genai/tiny-random-gpt2-fp32/past.onnx, 37"
  })
  void trainedModelsAgree(String model, int nodes) {
    Path file = SharedData.require("models/" + model);
    OnnxModel source = OnnxReader.read(file);
    Prepared prepared =
        Preparation.of(source, PreparationOptions.defaults().withOpset(21), new RuntimeEvaluator());
    assertThat(prepared.model().graph().nodes()).hasSize(nodes);
    assertThat(agree(file, source, prepared, 2).maxRelativeDifference()).isLessThan(2e-6);
  }

  @ParameterizedTest
  @CsvSource({
    "bvlc_alexnet, 0",
    "densenet121, 59",
    "inception_v1, 0",
    "inception_v2, 69",
    "resnet50, 53",
    "shufflenet, 49",
    "squeezenet, 0",
    "vgg19, 0",
    "zfnet512, 0"
  })
  void architecturesAgree(String name, long folded) {
    OnnxModel light = LightModels.read(SharedData.require(LightModels.ARCHIVE), name);
    OnnxModel source = RandomWeights.count(light) > MAX_RANDOM ? light : RandomWeights.in(light);
    Path random = folder.resolve(name + "_random.onnx");
    OnnxWriter.write(source, random);
    Prepared prepared =
        Preparation.of(source, PreparationOptions.defaults().withOpset(21), new RuntimeEvaluator());
    assertThat(prepared.counts().getOrDefault(RewriteKind.BATCH_NORMALIZATION_FOLDED, 0L))
        .isEqualTo(folded);
    assertThat(agree(random, source, prepared, 1).maxRelativeDifference()).isLessThan(1e-5);
  }

  private static Agreement agree(Path file, OnnxModel source, Prepared prepared, int probes) {
    ModelFile model = ModelFile.read(file);
    ProbeSource.Found drawn = ProbeSource.find(model, ValueRanges.unknown());
    List<List<Tensor>> inputs = new ArrayList<>();
    drawn
        .source()
        .ifPresent(data ->
            IntStream.range(0, Math.min(probes, data.size()))
                .forEach(i -> inputs.add(data.batch(i).inputs())));
    inputs.addAll(examples(file, source));
    assertThat(inputs).as(String.valueOf(drawn.failure())).isNotEmpty();
    SourceModel both = new SourceModel(model, ModelHash.of(""), prepared);
    return PreparationCheck.of(both, inputs, TrialModels.anywhere()).orElseThrow();
  }

  /** Inputs that come with a model. */
  private static List<List<Tensor>> examples(Path file, OnnxModel model) {
    Path folder = file.resolveSibling(file.getFileName().toString().replace(".onnx", ".testdata"));
    List<List<Tensor>> examples = new ArrayList<>();
    for (int set = 0; Files.isDirectory(folder.resolve("test_data_set_" + set)); set++) {
      Path data = folder.resolve("test_data_set_" + set);
      examples.add(
          IntStream.range(0, model.graph().feeds().size())
              .mapToObj(i -> example(data, i, model.graph().feeds().get(i)))
              .toList());
    }
    return examples;
  }

  /** A scalar may come as a vector of one. */
  private static Tensor example(Path data, int input, ValueInfo feed) {
    Tensor tensor = OnnxReader.readTensor(data.resolve("input_" + input + ".pb"));
    boolean scalar = feed.dims().filter(List::isEmpty).isPresent();
    return scalar ? tensor.reshaped(Shape.of()) : tensor;
  }
}
