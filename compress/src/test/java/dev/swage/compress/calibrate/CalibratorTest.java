package dev.swage.compress.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.Histogram;
import dev.swage.quant.range.Range;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibratorTest {
  private static final CalibrationOptions OPTIONS = CalibrationOptions.defaults();

  private static Calibration observe(ModelFile model, DataSource data, CalibrationOptions options) {
    return new Calibrator(options, CalibrationListener.NONE).observe(model, data);
  }

  private static ModelFile mnist() {
    return ModelFile.read(SharedData.require("models/ort-examples/mnist.onnx"));
  }

  private static DataSource digits(String options) {
    return DataSource.open(
        "idx:mnist?split=test&scale=1" + options, SharedData.require("datasets"));
  }

  /** Against each tensor exposed alone, its elements of all samples in one array. */
  @Test
  void statisticsAreThoseOfAllElements() {
    ModelFile model = mnist();
    DataSource data = digits("&limit=12");
    Calibration calibration = observe(model, data, OPTIONS.withBins(256));

    assertThat(calibration.samples()).isEqualTo(12);
    assertThat(calibration.tensors()).hasSizeGreaterThan(8);
    for (TensorCalibration tensor : calibration.tensors()) {
      List<float[]> runs = slowRuns(model, data, tensor.name());
      Histogram expected = new Histogram(256);
      double low = 0;
      double high = 0;
      for (int i = 0; i < runs.size(); i++) {
        expected.add(java.lang.foreign.MemorySegment.ofArray(runs.get(i)));
        float min = Float.POSITIVE_INFINITY;
        float max = Float.NEGATIVE_INFINITY;
        for (float value : runs.get(i)) {
          min = Math.min(min, value);
          max = Math.max(max, value);
        }
        low = i == 0 ? min : low + 0.01 * (min - low);
        high = i == 0 ? max : high + 0.01 * (max - high);
      }
      assertThat(tensor.statistics().histogram().total()).isEqualTo(expected.total());
      assertThat(tensor.statistics().observed().max()).isCloseTo(expected.max(), within(expected));
      assertThat(tensor.statistics().observed().min()).isCloseTo(expected.min(), within(expected));
      Range average = tensor.statistics().movingAverage();
      assertThat(average.min()).isCloseTo((float) low, within(expected));
      assertThat(average.max()).isCloseTo((float) high, within(expected));
    }
  }

  /** Fused and unfused float32 kernels differ in the order of sums. */
  private static org.assertj.core.data.Offset<Float> within(Histogram histogram) {
    float largest = Math.max(Math.abs(histogram.min()), Math.abs(histogram.max()));
    return org.assertj.core.data.Offset.offset(1e-5f * largest + 1e-30f);
  }

  private static List<float[]> slowRuns(ModelFile model, DataSource data, String value) {
    Graph graph = model.model().graph();
    List<float[]> runs = new ArrayList<>();
    ValueInfo info = new ValueInfo(value, Optional.empty(), Optional.empty());
    boolean input = graph.feeds().stream().anyMatch(feed -> feed.name().equals(value));
    Graph exposing = input ? graph : graph.toBuilder().outputs(List.of(info)).build();
    byte[] bytes = OnnxWriter.toBytes(model.model().withGraph(exposing));
    try (ModelSession session = ModelSession.open(value, bytes, SessionOptions.defaults())) {
      for (int i = 0; i < data.size(); i++) {
        List<Tensor> inputs = data.batch(i).inputs();
        runs.add((input ? inputs : session.run(inputs)).getFirst().toFloats());
      }
    }
    return runs;
  }

  @Test
  void neitherThreadsNorMemoryChangeAByte() {
    ModelFile model = mnist();
    DataSource data = digits("&limit=40");
    String alone = CalibrationFile.render(observe(model, data, OPTIONS.withThreads(1)));
    for (int threads : new int[] {2, 5}) {
      CalibrationOptions some = OPTIONS.withThreads(threads);
      assertThat(CalibrationFile.render(observe(model, data, some))).isEqualTo(alone);
    }
    List<Integer> passes = new ArrayList<>();
    CalibrationListener listener =
        new CalibrationListener() {
          @Override
          public void started(int tensors, int samples, int count) {
            passes.add(count);
          }
        };
    Calibration small =
        new Calibrator(OPTIONS.withMemoryBudget(40_000), listener).observe(model, data);
    assertThat(passes.getFirst()).isGreaterThan(2);
    assertThat(small.tensors().stream().map(TensorCalibration::name))
        .containsExactlyElementsOf(
            observe(model, data, OPTIONS).tensors().stream().map(TensorCalibration::name).toList());
  }

  @Test
  void samplesOfDifferentShapesAreObserved() {
    OnnxModel model = affine();
    List<Tensor> samples = new ArrayList<>();
    long elements = 0;
    for (int i = 0; i < 30; i++) {
      int rows = 1 + i * 7 % 11;
      samples.add(Tensor.ofFloats(Shape.of(rows, 4), TestFloats.gaussian(rows * 4, 1, i)));
      elements += rows * 4L;
    }
    Calibration one =
        new Calibrator(OPTIONS.withThreads(1), CalibrationListener.NONE)
            .observe("affine", model, "0".repeat(64), new Ragged(samples));
    Calibration three =
        new Calibrator(OPTIONS.withThreads(3), CalibrationListener.NONE)
            .observe("affine", model, "0".repeat(64), new Ragged(samples));
    assertThat(one.tensor("x").orElseThrow().statistics().histogram().total()).isEqualTo(elements);
    assertThat(one.tensor("y").orElseThrow().statistics().histogram().total()).isEqualTo(elements);
    assertThat(CalibrationFile.render(three)).isEqualTo(CalibrationFile.render(one));
  }

  @Test
  void elementsThatAreNotFiniteAreNamed() {
    float[] values = TestFloats.gaussian(40, 1, 1);
    values[13] = Float.NaN;
    values[14] = Float.POSITIVE_INFINITY;
    values[30] = Float.NaN;
    DataSource data = DataSource.of(Tensor.ofFloats(Shape.of(10, 4), values), labels(10));
    for (int batch : new int[] {1, 4}) {
      Calibration calibration =
          new Calibrator(OPTIONS.withBatchSize(batch), CalibrationListener.NONE)
              .observe("affine", affine(), "0".repeat(64), data);
      TensorCalibration x = calibration.tensor("x").orElseThrow();
      assertThat(x.statistics().histogram().nonFinite()).isEqualTo(3);
      assertThat(x.nonFiniteSamples())
          .containsExactly(new NonFiniteSample(3, 2), new NonFiniteSample(7, 1));
      assertThat(calibration.nonFinite()).isGreaterThan(3);
    }
  }

  @Test
  void everyValueIsObservedOrLeftOutWithAReason() {
    Graph.Builder graph = affine().graph().toBuilder();
    graph.node(Node.of("shape", "Shape", List.of("y"), "dims"));
    graph.node(Node.of("fixed", "Relu", List.of("w"), "constant"));
    graph.node(Node.of("sign", "Sign", List.of("y"), "signs"));
    graph.node(Node.of("cast", "Concat", List.of("dims", "dims"), "twice").with("axis", axis()));
    OnnxModel model = affine().withGraph(graph.build());
    DataSource data = DataSource.of(Tensor.ofFloats(Shape.of(1, 4), 1, -2, 3, 4), labels(1));
    Calibration calibration =
        new Calibrator(OPTIONS, CalibrationListener.NONE)
            .observe("model", model, "0".repeat(64), data);
    assertThat(calibration.tensors().stream().map(TensorCalibration::name))
        .containsExactly("x", "product", "y");
    assertThat(calibration.leftOut())
        .containsExactlyInAnyOrder(
            new LeftOut("constant", LeftOutReason.CONSTANT),
            new LeftOut("signs", LeftOutReason.NO_QUANTIZABLE_OPERATOR),
            new LeftOut("dims", LeftOutReason.NOT_FLOAT32),
            new LeftOut("twice", LeftOutReason.NOT_FLOAT32));
  }

  @ParameterizedTest
  @CsvSource({
    "models/gtcrn/gtcrn_simple.onnx, onnxpb:models/gtcrn/gtcrn_simple.testdata",
    "models/gtcrn/gtcrn_simple.onnx, 'random:1x257x1x2,2x1x16x16x33,2x3x1x1x16,2x1x33x16?n=3'",
    "models/silero-vad/silero_vad_16k_op15.onnx,"
        + " onnxpb:models/silero-vad/silero_vad_16k_op15.testdata",
    "models/resnet-cifar10/resnet20-12fca82f.derived.onnx, random:1x3x32x32?n=4",
    "models/ultraface/version-RFB-320_simplified.onnx, random:1x3x240x320?n=2",
    "models/tribuo/cnn_mnist.onnx, onnxpb:models/tribuo/cnn_mnist.testdata"
  })
  void realModelsAreObserved(String model, String spec) {
    ModelFile file = ModelFile.read(SharedData.require(model));
    Path root = SharedData.require("models").getParent();
    Calibration calibration =
        observe(file, DataSource.open(spec, root), OPTIONS.withBins(512).withThreads(2));
    assertThat(calibration.tensors()).isNotEmpty();
    assertThat(calibration.nonFinite()).isZero();
    assertThat(CalibrationFile.render(calibration)).contains("\"batchSize\": 1,");
    if (model.endsWith("op15.onnx")) {
      assertThat(calibration.leftOut().stream().map(LeftOut::reason))
          .contains(LeftOutReason.IN_SUBGRAPH);
    }
  }

  @Test
  void aModelThatIsAllBranchesIsRefusedWithTheReason() {
    ModelFile file =
        ModelFile.read(SharedData.require("models/silero-vad/silero_vad_op18_ifless.onnx"));
    Path root = SharedData.require("models").getParent();
    DataSource data =
        DataSource.open("onnxpb:models/silero-vad/silero_vad_op18_ifless.testdata", root);
    assertThatThrownBy(() -> observe(file, data, OPTIONS))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("has no float32 activation to observe in its main graph; ")
        .hasMessageContaining("values: inside a branch or loop body");
  }

  @Test
  void dataThatIsNotWhatTheModelWantsIsRefusedInOneLine() {
    OnnxModel model = affine();
    Calibrator calibrator = new Calibrator(OPTIONS, CalibrationListener.NONE);
    assertThatThrownBy(() ->
            calibrator.observe("m.onnx", model, "0".repeat(64), DataSource.open("random:1x4,1x2")))
        .isInstanceOf(RunException.class)
        .hasMessage("m.onnx wants 1 input ('x' FLOAT32[rows, 4]), random:1x4,1x2 has 2");
    assertThatThrownBy(() ->
            calibrator.observe("m.onnx", model, "0".repeat(64), DataSource.open("random:1x5")))
        .isInstanceOf(RunException.class)
        .hasMessage("m.onnx wants input 0 as 'x' FLOAT32[rows, 4], got FLOAT32[1, 5]");
    assertThatThrownBy(
            () -> calibrator.observe("m.onnx", model, "0".repeat(64), new Ragged(List.of())))
        .isInstanceOf(RunException.class)
        .hasMessage("ragged has no samples to run");
    List<Tensor> one =
        new ArrayList<>(Collections.nCopies(9, Tensor.ofFloats(Shape.of(1, 4), 1, 2, 3, 4)));
    one.set(6, Tensor.ofFloats(Shape.of(1, 3), 1, 2, 3));
    assertThatThrownBy(() -> calibrator.observe("m.onnx", model, "0".repeat(64), new Ragged(one)))
        .isInstanceOf(CalibrationException.class)
        .hasMessage(
            "ragged, from sample 6 on: m.onnx wants input 0 as 'x' FLOAT32[rows, 4], got FLOAT32[1, 3]");
  }

  /** {@code y = relu(x · w)}, with any number of rows. */
  private static OnnxModel affine() {
    float[] weight = TestFloats.gaussian(16, 1, 9);
    Graph graph =
        Graph.builder("affine")
            .input(rows("x"))
            .initializer("w", Tensor.ofFloats(Shape.of(4, 4), weight))
            .node(Node.of("matmul", "MatMul", List.of("x", "w"), "product"))
            .node(Node.of("relu", "Relu", List.of("product"), "y"))
            .output(rows("y"))
            .build();
    return OnnxModel.of(graph);
  }

  private static ValueInfo rows(String name) {
    return new ValueInfo(
        name,
        Optional.of(DType.FLOAT32),
        Optional.of(List.of(new ValueInfo.Dim.Symbolic("rows"), new ValueInfo.Dim.Fixed(4))));
  }

  private static dev.swage.onnx.Attribute axis() {
    return dev.swage.onnx.Attribute.of(0);
  }

  private static Tensor labels(int count) {
    return Tensor.ofLongs(Shape.of(count), new long[count]);
  }

  /** Samples of any shapes, read one at a time. */
  private record Ragged(List<Tensor> samples) implements DataSource {
    @Override
    public String name() {
      return "ragged";
    }

    @Override
    public int size() {
      return samples.size();
    }

    @Override
    public List<Shape> inputShapes() {
      return List.of(samples.getFirst().shape());
    }

    @Override
    public OptionalInt classes() {
      return OptionalInt.empty();
    }

    @Override
    public int largestBatch() {
      return 1;
    }

    @Override
    public Batch batch(int... indices) {
      return new Batch(List.of(samples.get(indices[0])), Optional.empty());
    }
  }
}
