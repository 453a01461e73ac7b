package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.run.score.SignalToNoise;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks that run over sound frame by frame and carry their states along. */
class SpeechModelsTest {
  private static final int FRAME = 512;
  private static final int CONTEXT = 64;

  private static final WeightOnly PER_CHANNEL =
      WeightOnly.of(WeightOptions.int8().withGrouping(WeightGrouping.perChannel()));

  @TempDir private Path folder;

  /** The first output for each frame; other outputs are the next frame's states, in order. */
  private static List<float[]> stream(Path model, Map<String, Tensor> fixed, List<Tensor> frames) {
    List<float[]> results = new ArrayList<>();
    try (ModelSession session = ModelSession.open(model)) {
      String data = session.inputs().getFirst().name();
      Map<String, Tensor> feeds = new HashMap<>(fixed);
      List<String> states =
          session.inputs().stream()
              .map(ValueInfo::name)
              .filter(name -> name.equals("state") || name.endsWith("_cache"))
              .toList();
      for (Tensor frame : frames) {
        feeds.put(data, frame);
        List<Tensor> outputs =
            session.run(session.inputs().stream().map(input -> feeds.get(input.name())).toList());
        for (int i = 0; i < states.size(); i++) {
          feeds.put(states.get(i), outputs.get(i + 1));
        }
        results.add(outputs.getFirst().toFloats());
      }
    }
    return results;
  }

  private static Tensor zeros(long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, new float[Math.toIntExact(shape.elements())]);
  }

  private static double[] speech(Path model) throws IOException {
    float[] samples = Sound.read(SharedData.require("models/silero-vad/test.wav"));
    List<Tensor> frames = new ArrayList<>();
    for (int start = 0; start + FRAME <= samples.length; start += FRAME) {
      float[] frame = new float[CONTEXT + FRAME];
      for (int i = 0; i < frame.length; i++) {
        int at = start + i - CONTEXT;
        frame[i] = at < 0 ? 0 : samples[at];
      }
      frames.add(Tensor.ofFloats(Shape.of(1, frame.length), frame));
    }
    Map<String, Tensor> fixed =
        Map.of("state", zeros(2, 1, 128), "sr", Tensor.ofLongs(Shape.of(), 16000));
    return stream(model, fixed, frames).stream().mapToDouble(output -> output[0]).toArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"silero_vad_16k_op15", "silero_vad_op18_ifless"})
  void speechIsFoundAsBefore(String name) throws IOException {
    Path model = SharedData.require("models/silero-vad/" + name + ".onnx");
    double[] expected = speech(model);
    double[] recorded =
        Files.readAllLines(
                SharedData.require("models/silero-vad/silero_vad_16k_op15.test_wav_probs.txt"))
            .stream()
            .mapToDouble(Double::parseDouble)
            .toArray();
    assertThat(furthest(Arrays.copyOf(expected, recorded.length), recorded))
        .as("the frames are those of the record")
        .isLessThan(1e-3);

    Path int8 = folder.resolve("int8.onnx");
    Conversion conversion = WeightOnly.int8().convert(model, int8);
    assertThat(conversion.sizeRatio()).isLessThan(1 / 3.0);
    assertThat(furthest(speech(int8), expected)).isLessThan(0.03);

    for (PlanForm form : List.of(PlanForm.QDQ, PlanForm.CONTRIB)) {
      Path dynamic = folder.resolve("dynamic.onnx");
      Conversion mixed =
          ModelQuantization.of(
                  QuantizeOptions.of(QuantMode.DYNAMIC)
                      .withObjective(Objective.SIZE)
                      .withForm(form))
              .convert(model, dynamic, QuantizeData.none());
      // The standard has no LSTM on codes; the other detector's is written out in products.
      int layers = name.endsWith("ifless") ? 4 : form == PlanForm.CONTRIB ? 2 : 0;
      assertThat(mixed.planned().plan().nodes())
          .filteredOn(node -> node.choice() instanceof NodeChoice.Dynamic)
          .hasSizeGreaterThanOrEqualTo(layers)
          .allSatisfy(node -> assertThat(node.name()).contains("branch/"));
      assertThat(mixed.sizeRatio()).isLessThan(1 / 3.0);
      assertThat(furthest(speech(dynamic), expected)).as("%s", form).isLessThan(0.03);
    }

    Path int4 = folder.resolve("int4.onnx");
    assertThat(WeightOnly.int4().convert(model, int4).sizeRatio()).isLessThan(0.2);

    Path rows = folder.resolve("rows.onnx");
    PER_CHANNEL.convert(model, rows);
    assertThat(furthest(speech(rows), expected)).isLessThan(0.12);
  }

  private static double furthest(double[] found, double[] expected) {
    assertThat(found.length).isEqualTo(expected.length);
    double furthest = 0;
    for (int i = 0; i < found.length; i++) {
      furthest = Math.max(furthest, Math.abs(found[i] - expected[i]));
    }
    return furthest;
  }

  private static float[] enhanced(Path model, float[] noisy) {
    List<Tensor> frames = new ArrayList<>();
    for (float[] spectrum : Sound.spectra(noisy)) {
      frames.add(Tensor.ofFloats(Shape.of(1, Sound.BINS, 1, 2), spectrum));
    }
    Map<String, Tensor> fixed =
        Map.of(
            "conv_cache", zeros(2, 1, 16, 16, 33),
            "tra_cache", zeros(2, 3, 1, 1, 16),
            "inter_cache", zeros(2, 1, 33, 16));
    return Sound.samples(stream(model, fixed, frames).toArray(float[][]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gtcrn", "gtcrn_simple"})
  void speechIsEnhancedAsBefore(String name) throws IOException {
    Path model = SharedData.require("models/gtcrn/" + name + ".onnx");
    float[] noisy = Sound.read(SharedData.require("models/gtcrn/mix.wav"));
    float[] expected = enhanced(model, noisy);
    float[] recorded = Sound.read(SharedData.require("models/gtcrn/enh_stream.wav"));
    assertThat(expected.length).isGreaterThanOrEqualTo(recorded.length);
    for (int i = 0; i < recorded.length; i++) {
      assertThat(Math.abs(expected[i] - recorded[i])).as("sample %d", i).isLessThan(1e-3f);
    }

    Path int8 = folder.resolve("int8.onnx");
    Conversion conversion = WeightOnly.int8().convert(model, int8);
    assertThat(conversion.quantized().plan().quantizedWeights()).isEqualTo(62);
    SignalToNoise error = new SignalToNoise();
    float[] found = enhanced(int8, noisy);
    error.add(
        Tensor.ofFloats(Shape.of(expected.length), expected),
        Tensor.ofFloats(Shape.of(found.length), found));
    assertThat(error.decibels()).isGreaterThan(20);
  }
}
