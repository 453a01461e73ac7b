package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.proof.Proof;
import dev.swage.compress.weights.WeightFormat;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.weights.WeightOutcome;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.quant.Granularity;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WeightOnlyTest {
  @TempDir private Path folder;

  private static OnnxModel convNet() {
    return Network.input("image", 3, 9, 9)
        .conv2d(7, 3)
        .batchNorm()
        .relu()
        .maxPool2d(2)
        .conv2d(5, 2)
        .relu()
        .flatten()
        .dense(33)
        .relu()
        .dense(10)
        .seed(3)
        .build();
  }

  private Path written(OnnxModel model, String name) {
    Path path = folder.resolve(name);
    OnnxWriter.write(model, path);
    return path;
  }

  static Stream<WeightOptions> everyScheme() {
    List<WeightOptions> all = new ArrayList<>();
    List<WeightGrouping> groupings =
        List.of(WeightGrouping.perChannel(), WeightGrouping.groups(16));
    for (int bits : new int[] {2, 3, 4, 7, 8}) {
      for (WeightGrouping grouping : groupings) {
        all.add(WeightOptions.int8().withBits(bits).withGrouping(grouping));
        all.add(WeightOptions.int8().withBits(bits).withGrouping(grouping).asymmetric());
        boolean kernels = bits == 2 || bits == 4 || bits == 8;
        if (kernels && grouping instanceof WeightGrouping.Groups) {
          WeightOptions nBits =
              WeightOptions.int8()
                  .withBits(bits)
                  .withGrouping(grouping)
                  .withFormat(WeightFormat.MATMUL_N_BITS);
          all.add(nBits);
          all.add(nBits.asymmetric());
        }
      }
    }
    all.add(WeightOptions.int4());
    return all.stream();
  }

  /** The conversion itself reads codes back bit for bit and runs the file in ONNX Runtime. */
  @ParameterizedTest
  @MethodSource("everyScheme")
  void everySchemeIsWrittenReadBackAndRunsAsItsCodesSay(WeightOptions options) {
    Path input = written(convNet(), "float.onnx");
    Path output = folder.resolve("small.onnx");
    Conversion conversion = WeightOnly.of(options).convert(input, output);
    boolean products = options.format() == WeightFormat.MATMUL_N_BITS;
    assertThat(conversion.quantized().codes().keySet())
        .containsExactlyInAnyOrderElementsOf(
            products
                ? List.of("dense1.weight", "dense2.weight")
                : List.of("conv1.weight", "conv2.weight", "dense1.weight", "dense2.weight"));
    assertThat(conversion.proof().dequantized().orElseThrow().runs()).isEqualTo(3);
    assertThat(conversion.proof().leastSqnrDb().orElseThrow())
        .isBetween(6.0 * options.bits() - 20, 90.0);
    assertThat(output).exists();
  }

  private static String words(WeightSlot slot) {
    return slot.scheme().granularity() + " " + slot.form();
  }

  @Test
  void everyWeightIsAccountedForWithItsReason() {
    QuantizedModel result = WeightOnly.int4().unprepared().apply(convNet());
    List<String> lines =
        result.weights().stream()
            .map(outcome ->
                outcome.plan().name()
                    + " "
                    + outcome
                        .plan()
                        .kept()
                        .map(keep -> keep.reason() + " " + keep.detail())
                        .orElseGet(() -> words(outcome.plan().codes().getFirst())))
            .toList();
    assertThat(lines)
        .containsExactlyInAnyOrder(
            "conv1.weight PerGroup[axis=1, size=32] FLATTENED",
            "conv1.bias BIAS Conv",
            "bn1.scale NORMALIZATION BatchNormalization",
            "bn1.bias NORMALIZATION BatchNormalization",
            "bn1.mean NORMALIZATION BatchNormalization",
            "bn1.variance NORMALIZATION BatchNormalization",
            "conv2.weight PerGroup[axis=1, size=32] FLATTENED",
            "conv2.bias BIAS Conv",
            "dense1.weight PerGroup[axis=0, size=32] AS_IS",
            "dense1.bias BIAS Add",
            "dense2.weight PerGroup[axis=0, size=32] AS_IS",
            "dense2.bias BIAS Add");
  }

  @Test
  void bytesAreThoseOfCodesAndScales() {
    QuantizedModel result = WeightOnly.int8().apply(convNet());
    for (WeightOutcome outcome : result.weights()) {
      long elements = outcome.plan().shape().elements();
      assertThat(outcome.bytesBefore()).isEqualTo(4 * elements);
      if (outcome.plan().name().equals("dense1.weight")) {
        assertThat(outcome.bytesAfter()).isEqualTo(elements + 4 * 33);
        assertThat(outcome.sqnrDb().orElseThrow()).isBetween(38.0, 55.0);
      }
    }
    assertThat(result.bytesAfter()).isLessThan(result.bytesBefore() / 2);
  }

  @Test
  void metadataGainTheSchemeAndLoseNothing() {
    OnnxModel model = convNet().withMetadata("recipe", "by hand");
    OnnxModel small = WeightOnly.int4().apply(model).model();
    assertThat(small.metadata())
        .containsEntry("recipe", "by hand")
        .containsEntry("swage.quantization", "4 nodes weight-only int4 group 32")
        .containsEntry("swage.quantization.weights", "4 of 8");
  }

  @Test
  void theSameModelGivesTheSameBytes() {
    assertThat(OnnxWriter.toBytes(WeightOnly.int4().apply(convNet()).model()))
        .isEqualTo(OnnxWriter.toBytes(WeightOnly.int4().apply(convNet()).model()));
  }

  @Test
  void excludedAndSmallWeightsAreKept() {
    ModelPlan plan =
        WeightOnly.of(
                WeightOptions.int8()
                    .withMinElements(200)
                    .excluding(Set.of("dense1.weight", "conv2")))
            .plan(convNet());
    assertThat(
            plan.weights().stream()
                .filter(weight -> weight.name().endsWith(".weight"))
                .map(weight -> weight.name() + " " + weight.decision()))
        .containsExactly(
            "conv1.weight fewer elements than the minimum that was set, --min-elements (189 < 200 elements)",
            "conv2.weight excluded by name",
            "dense1.weight excluded by name",
            "dense2.weight int8 per-channel");
  }

  @Test
  void namesThatExcludeNothingAreAnError() {
    assertThatThrownBy(
            () -> WeightOnly.of(WeightOptions.int8().excluding(Set.of("dens1"))).plan(convNet()))
        .isInstanceOf(CompressException.class)
        .hasMessage("cannot exclude 'dens1': the model has no node, weight or value of that name");
  }

  @Test
  void modelsWithNothingToQuantizeAreToldWhy() {
    assertThatThrownBy(
            () -> WeightOnly.of(WeightOptions.int8().withMinElements(1_000_000)).apply(convNet()))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            "no weight can be quantized: 4 × bias or another addend: its errors are not averaged away;"
                + " 4 × fewer elements than the minimum that was set, --min-elements");
  }

  @Test
  void badOptionsNameTheValue() {
    assertThatThrownBy(() -> WeightOptions.int8().withBits(9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bits must be 2…8, got 9");
    assertThatThrownBy(() -> WeightGrouping.groups(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("group size must be a power of two from 16 to 256, got 0");
    assertThatThrownBy(() -> WeightGrouping.groups(512))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("group size must be a power of two from 16 to 256, got 512");
    assertThatThrownBy(
            () -> WeightOptions.int4().withFormat(WeightFormat.MATMUL_N_BITS).withBits(3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("MatMulNBits has kernels for 2, 4 and 8 bits, got 3; use QDQ");
    assertThatThrownBy(() -> WeightOptions.int8().withFormat(WeightFormat.MATMUL_N_BITS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "MatMulNBits quantizes in groups, got per channel, groups of 32 where that is too coarse");
  }

  /** One channel with a single large value, which leaves the others few codes. */
  @Test
  void weightsThatAreSpreadUnevenlyGetGroups() {
    OnnxModel model = convNet();
    float[] values = model.graph().initializers().get("dense2.weight").toFloats();
    for (int i = 0; i < values.length; i += 97) {
      values[i] *= 30;
    }
    Tensor uneven =
        Tensor.ofFloats(model.graph().initializers().get("dense2.weight").shape(), values);
    Graph graph = model.graph().toBuilder().initializer("dense2.weight", uneven).build();
    QuantizedModel even = WeightOnly.int8().apply(model);
    assertThat(groups(even)).isEmpty();
    QuantizedModel adapted = WeightOnly.int8().apply(model.withGraph(graph));
    assertThat(groups(adapted)).containsExactly("dense2.weight");
    assertThat(adapted.model().opset()).isEqualTo(21);
    assertThat(
            groups(
                WeightOnly.of(WeightOptions.int8().withGrouping(WeightGrouping.perChannel()))
                    .apply(model.withGraph(graph))))
        .isEmpty();
  }

  private static List<String> groups(QuantizedModel model) {
    return model.weights().stream()
        .filter(weight ->
            weight.plan().codes().stream()
                .anyMatch(slot -> slot.scheme().granularity() instanceof Granularity.PerGroup))
        .map(weight -> weight.plan().name())
        .toList();
  }

  /** The model with a NaN in a weight. */
  private static OnnxModel broken(OnnxModel model, String weight) {
    float[] values = model.graph().initializers().get(weight).toFloats();
    values[50] = Float.NaN;
    Tensor tensor = Tensor.ofFloats(model.graph().initializers().get(weight).shape(), values);
    return model.withGraph(model.graph().toBuilder().initializer(weight, tensor).build());
  }

  @Test
  void weightsThatAreNotFiniteNameTheElement() {
    assertThatThrownBy(() -> WeightOnly.int8().apply(broken(convNet(), "dense1.weight")))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            "weight 'dense1.weight' FLOAT32[20, 33]: element 50 is NaN;"
                + " train again or exclude the weight");
  }

  /** The file is written from its beginning while the weights at its end are made. */
  @Test
  void aLastWeightThatIsNotFiniteLeavesNothingOfTheFile() throws IOException {
    Path input = written(broken(convNet(), "dense2.weight"), "float.onnx");
    Path output = Files.writeString(folder.resolve("small.onnx"), "before");
    assertThatThrownBy(() -> WeightOnly.int8().convert(input, output))
        .isInstanceOf(CompressException.class)
        .hasMessageStartingWith(
            input + ": weight 'dense2.weight' FLOAT32[33, 10]: element 50 is NaN");
    assertThat(output).hasContent("before");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactlyInAnyOrder(input, output);
    }
  }

  @ParameterizedTest
  @MethodSource("everyScheme")
  void theFileIsTheModelThatApplyGives(WeightOptions options) throws IOException {
    Path input = written(convNet(), "float.onnx");
    Path output = folder.resolve("small.onnx");
    WeightOnly weightOnly = WeightOnly.of(options);
    weightOnly.withoutVerification().convert(input, output);
    assertThat(Files.readAllBytes(output))
        .isEqualTo(OnnxWriter.toBytes(weightOnly.apply(OnnxReader.read(input)).model()));
  }

  @Test
  void theInputIsNeverTheOutputAndIsNotHarmed() throws IOException {
    Path input = written(convNet(), "float.onnx");
    byte[] before = Files.readAllBytes(input);
    Path link = Files.createSymbolicLink(folder.resolve("link.onnx"), input);
    for (Path same : List.of(input, link, folder.resolve("x/../float.onnx"))) {
      assertThatThrownBy(() -> WeightOnly.int8().convert(input, same))
          .isInstanceOf(CompressException.class)
          .hasMessage(same + ": the output is the input; name another file");
    }
    assertThat(Files.readAllBytes(input)).isEqualTo(before);
  }

  @Test
  void outputsThatCannotBeWrittenAreOneLineAndLeaveNothing() throws IOException {
    Path input = written(convNet(), "float.onnx");
    Path absent = folder.resolve("absent");
    assertThatThrownBy(() -> WeightOnly.int8().convert(input, absent.resolve("small.onnx")))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            absent.resolve("small.onnx") + ": cannot be written: there is no folder " + absent);
    assertThatThrownBy(() -> WeightOnly.int8().convert(input, folder))
        .isInstanceOf(CompressException.class)
        .hasMessage(folder + ": cannot be written: it is a folder");
    WeightOnly.int8().convert(input, folder.resolve("small.onnx"));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("float.onnx", "small.onnx");
    }
  }

  @Test
  void readingBackGivesTheQuantizersCodes() {
    Path output = folder.resolve("small.onnx");
    Conversion conversion = WeightOnly.int4().convert(written(convNet(), "float.onnx"), output);
    OnnxModel read = OnnxReader.read(output);
    Tensor codes = read.graph().initializers().get("dense1.weight_quantized");
    Tensor expected = conversion.quantized().codes().get("dense1.weight").codes();
    assertThat(codes.dtype()).isEqualTo(expected.dtype());
    assertThat(codes.data().mismatch(expected.data())).isEqualTo(-1);
    assertThat(conversion.bytesAfter()).isEqualTo(output.toFile().length());
  }

  @Test
  void modelsBeyondTheRunLimitAreReadBackAndSayWhyTheyWereNotRun() {
    Path input = written(convNet(), "float.onnx");
    Path output = folder.resolve("small.onnx");
    Proof proof = WeightOnly.int8().withRunLimit(1000).convert(input, output).proof();
    assertThat(proof.tensors()).isEqualTo(8);
    assertThat(proof.dequantized()).isEmpty();
    assertThat(proof.notRun())
        .hasValue(
            "the model takes %,d bytes, more than the 1,000 that are run for a proof"
                .formatted(input.toFile().length()));
  }

  @Test
  void withoutVerificationTheFileIsTheSameAndNothingIsClaimed() throws IOException {
    Path input = written(convNet(), "float.onnx");
    Path proven = folder.resolve("proven.onnx");
    Path unproven = folder.resolve("unproven.onnx");
    WeightOnly.int4().convert(input, proven);
    Proof proof = WeightOnly.int4().withoutVerification().convert(input, unproven).proof();
    assertThat(proof.tensors()).isZero();
    assertThat(proof.notRun()).hasValue("verification was switched off");
    assertThat(unproven).hasSameBinaryContentAs(proven);
  }
}
