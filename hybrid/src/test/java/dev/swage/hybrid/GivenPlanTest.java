package dev.swage.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import dev.swage.train.quantize.TrainedQuantizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training through the codes of a plan that was stored. */
final class GivenPlanTest {
  @TempDir private Path folder;

  /** The plan of a file with this model, as it is written and read. */
  static PlanDocument stored(SmallNet net, QuantMode mode, Path folder) {
    return PlanFile.parse("plan.yaml", text(net, mode, folder));
  }

  private static String text(SmallNet net, QuantMode mode, Path folder) {
    Path file = folder.resolve("net.onnx");
    OnnxWriter.write(net.model(), file);
    QuantizeOptions options = QuantizeOptions.of(mode).withObjective(Objective.SIZE);
    QuantizeData data = mode.needsData() ? QuantizeData.of(net.data()) : QuantizeData.none();
    return PlanFile.render(ModelQuantization.of(options).plan(file, data).plan());
  }

  /** The plan with codes of 5 bits for every second group of values. */
  static PlanDocument narrowed(PlanDocument plan) {
    List<String> groups = plan.values().stream().map(PlannedValue::group).distinct().toList();
    return new PlanDocument(
        plan.model(),
        plan.modelSha256(),
        plan.opset(),
        plan.objective(),
        plan.form(),
        plan.range(),
        plan.weightRange(),
        plan.nodes(),
        plan.values().stream()
            .map(value -> groups.indexOf(value.group()) % 2 == 0 ? value : withFiveBits(value))
            .toList());
  }

  private static PlannedValue withFiveBits(PlannedValue value) {
    QuantScheme scheme =
        new QuantScheme(value.scheme().storage(), 5, false, value.scheme().granularity());
    Range range = value.range();
    return new PlannedValue(
        value.name(),
        range,
        scheme,
        ScaleZeroPoint.of(range.min(), range.max(), scheme),
        value.group(),
        value.expectedSqnrDb());
  }

  private static QuantizationAware plan(String text, OnnxModel model, QuantizeData data) {
    return QuantizationAware.plan(
        PlanFile.parse("plan.yaml", text), model, "net.onnx", data, QatOptions.of(8));
  }

  @Test
  void nodes_widths_and_ranges_are_those_of_the_plan() {
    SmallNet net = SmallNet.CONV;
    String text =
        text(net, QuantMode.STATIC, folder)
            .replaceFirst("(node: conv1[^}]*weight: )int8", "$1int4")
            .replaceFirst("(value: x, min: )[^,]*, max: [^,]*", "$1-3.0, max: 4.5");
    QuantizationAware qat = plan(text, net.model(), QuantizeData.none());
    Map<String, TrainedQuantizer> quantizers =
        qat.quantizers().stream()
            .collect(Collectors.toMap(TrainedQuantizer::value, Function.identity()));
    assertThat(quantizers.get("conv1.weight").scheme().bits()).isEqualTo(4);
    assertThat(quantizers.get("conv2.weight").scheme().bits()).isEqualTo(8);
    assertThat(quantizers.get("x").params().scales()[0]).isEqualTo((float) (7.5 / 255));
  }

  /** A kept node has no quantizer, whatever its weight could bear. */
  @Test
  void what_the_plan_keeps_stays_floats() {
    SmallNet net = SmallNet.CONV;
    String text =
        text(net, QuantMode.WEIGHT_ONLY, folder)
            .replaceFirst("(node: conv2, operator: Conv), [^}]*", "$1, keep: excluded");
    assertThat(plan(text, net.model(), QuantizeData.none()).quantizers())
        .extracting(TrainedQuantizer::value)
        .contains("conv1.weight", "dense1.weight")
        .doesNotContain("conv2.weight");
  }

  /** For weights that were trained since. */
  @Test
  void ranges_are_observed_anew_where_data_are_given() {
    SmallNet net = SmallNet.CONV;
    String text =
        text(net, QuantMode.STATIC, folder)
            .replaceFirst("(value: x, min: )[^,]*, max: [^,]*", "$1-100.0, max: 100.0");
    TrainedQuantizer data =
        plan(text, net.model(), QuantizeData.of(net.data())).quantizers().stream()
            .filter(quantizer -> quantizer.value().equals("x"))
            .findFirst()
            .orElseThrow();
    assertThat(data.params().scales()[0]).isLessThan(0.05f);
  }

  @ParameterizedTest
  @CsvSource({
    "DENSE, the plan names node 'conv1', which the prepared net.onnx lacks; ",
    "RESIDUAL, the plan names node 'maxpool1', which the prepared net.onnx lacks; ",
    "LSTM, the plan names node '",
  })
  void another_model_is_refused(SmallNet other, String complaint) {
    String text = text(SmallNet.CONV, QuantMode.STATIC, folder);
    assertThatThrownBy(() -> plan(text, other.model(), QuantizeData.none()))
        .isInstanceOf(CompressException.class)
        .hasMessageContaining(complaint.strip());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        " - [{]node: conv2[^}]*[}] | '' | the plan was made for DIR/net.onnx: it lacks node 'conv2' (Conv) of the prepared net.onnx; plan again",
        "form: qdq | form: contrib | the plan's form is contrib; what is trained through codes is written in form qdq: plan again with --format qdq",
        "(node: dense1, operator: MatMul), quantize: static | $1, quantize: dynamic | the plan has node 'dense1' (MatMul) dynamic: codes that are made at every run have no scales to train; make it static, weight-only or kept",
        "operator: MatMul | operator: Gemm | the plan has node 'dense1' as Gemm, in the prepared net.onnx it is MatMul",
        "value: x, | value: xx, | the plan has codes for value 'xx', which the prepared net.onnx lacks; did you mean 'x'?",
        "int8 per-channel | int4 group 32 | the plan has int4 group 32 for node 'conv1' (Conv); weights of static nodes are int8, per-channel or per-tensor",
      })
  void what_cannot_be_trained_is_refused(String from, String to, String complaint) {
    String text = text(SmallNet.CONV, QuantMode.STATIC, folder);
    String edited = text.replaceFirst(from, to);
    assertThat(edited).isNotEqualTo(text);
    assertThatThrownBy(() -> plan(edited, SmallNet.CONV.model(), QuantizeData.none()))
        .isInstanceOf(CompressException.class)
        .hasMessage(complaint.replace("DIR", folder.toString()));
  }
}
