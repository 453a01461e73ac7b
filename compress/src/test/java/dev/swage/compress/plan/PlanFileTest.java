package dev.swage.compress.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.yaml.YamlException;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanFileTest {
  private static final QuantScheme CODES = QuantScheme.asymmetric(8, Granularity.perTensor());

  @TempDir private Path folder;

  private static PlannedNode node(String name, String operator, NodeChoice choice, double db) {
    OptionalDouble expected = Double.isNaN(db) ? OptionalDouble.empty() : OptionalDouble.of(db);
    return new PlannedNode(name, operator, choice, expected);
  }

  private static PlannedValue value(String name, float min, float max, String group) {
    return new PlannedValue(
        name, new Range(min, max), CODES, ScaleZeroPoint.of(min, max, CODES), group, 41.25);
  }

  private static WeightSlot slot(String text) {
    WeightChoice choice = WeightChoice.parse(text);
    Granularity granularity =
        switch (choice.grouping()) {
          case WeightGrouping.Groups(int size) -> Granularity.perGroup(0, size);
          case WeightGrouping.PerTensor t -> Granularity.perTensor();
          default -> Granularity.perChannel(0);
        };
    QuantScheme scheme =
        choice.symmetric()
            ? QuantScheme.symmetric(choice.bits(), granularity)
            : QuantScheme.asymmetric(choice.bits(), granularity);
    return new WeightSlot(
        1, "w", scheme, WeightForm.AS_IS, RangeEstimator.minMax(), Rounding.NEAREST);
  }

  private static ModelPlan plan() {
    return new ModelPlan(
        "a model.onnx",
        ModelHash.of("0123456789abcdef"),
        13,
        Objective.SPEED,
        PlanForm.QDQ,
        "min-max",
        RangeEstimator.meanSquaredError(),
        List.of(
            node("conv", "Conv", new NodeChoice.Static(List.of(slot("int8 per-channel"))), 38.5),
            node("add", "Add", new NodeChoice.Static(List.of()), Double.POSITIVE_INFINITY),
            node("relu", "Relu", new NodeChoice.Absorb("conv"), Double.NaN),
            node(
                "If_0/then_branch/a: \"quoted\\\", {x}\n\t#é",
                "LSTM",
                new NodeChoice.WeightOnly(List.of(slot("uint4 group 32"))),
                20),
            node("123", "MatMul", new NodeChoice.Dynamic(List.of(slot("int8 per-tensor"))), 30),
            node(
                "true",
                "Gemm",
                new NodeChoice.Keep(KeepReason.NOT_WORTH_IT, "0.31×: 0.2 ms, not 0.06"),
                Double.NaN)),
        List.of(value("x", -0.1f, 3.0000002f, "x"), value("y", -0.1f, 3.0000002f, "x")),
        List.of());
  }

  @Test
  void whatWasWrittenIsRead() {
    Path file = folder.resolve("plan.yaml");
    PlanFile.write(file, plan());
    assertThat(PlanFile.read(file)).isEqualTo(PlanDocument.of(plan()));
  }

  @Test
  void aLineSaysWhatBecomesOfANode() {
    assertThat(PlanFile.render(plan()).lines())
        .contains(
            "model: {path: \"a model.onnx\", sha256: 0123456789abcdef}",
            "  - {node: conv, operator: Conv, quantize: static, weight: int8 per-channel, expected-db: 38.50}",
            "  - {node: relu, operator: Relu, absorb: conv}",
            "  - {node: true, operator: Gemm, keep: not-worth-it, detail: \"0.31×: 0.2 ms, not 0.06\"}",
            "  - {value: x, min: -0.1, max: 3.0000002, codes: uint8, group: x, expected-db: 41.25}");
  }

  @Test
  void docsListTheReasonsAsTheyAre() throws IOException {
    Pattern row = Pattern.compile("\\| `([a-z0-9-]+)` \\| (.*) \\|");
    Map<String, String> documented = new LinkedHashMap<>();
    String text = Files.readString(Path.of("..", "docs", "plans.md"));
    Matcher rows = row.matcher(text.substring(text.indexOf("## Why nodes are kept")));
    while (rows.find()) {
      documented.put(rows.group(1), rows.group(2).replace("`", ""));
    }
    Map<String, String> reasons = new LinkedHashMap<>();
    for (KeepReason reason : KeepReason.values()) {
      reasons.put(reason.label(), reason.text());
    }
    assertThat(documented).containsExactlyEntriesOf(reasons);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "int8 per-channel",
        "uint4 group 32",
        "int2 group 16",
        "int5 per-tensor",
        "uint8 per-channel"
      })
  void weightsReadBack(String text) {
    assertThat(WeightChoice.parse(text).text()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quantize: static, weight | quantise: static, weight | unknown key 'quantise' in nodes",
        "int8 per-channel | int9 per-channel | a weight is as in 'int8 per-channel', 'uint4 group 32' or 'int8 per-tensor', got 'int9 per-channel'",
        "weight: uint4 group 32 | weight: uint4 group 33 | group size must be a power of two from 16 to 256, got 33",
        "keep: not-worth-it | keep: bored | unknown nodes.keep 'bored'; ",
        "absorb: conv | absorb: conv, keep: excluded | contradicts",
        "quantize: static, weight: int8 per-channel | quantize: fast | quantize is static, dynamic or weight-only, got 'fast'",
        "quantize: weight-only, weight: uint4 group 32 | quantize: weight-only | needs a weight, as in weight: int8 per-channel",
        "node: relu | node: conv | node 'conv' stands twice",
        "value: y, min: -0.1 | value: y, min: -0.2 | value 'y' shares its codes with 'x' and must have the same min, max and codes",
        "value: x, min: -0.1 | value: x, min: 4 | value 'x' needs finite min <= max, got 4.0 and 3.0000002",
        "value: x, min: -0.1 | value: x, min: -1e39 | value 'x' needs finite min <= max, got -Infinity and 3.0000002",
        "codes: uint8 | codes: int3 | unknown values.codes 'int3'",
        "opset: 13 | opset: 99 | 99",
        "swage.plan/1 | swage.plan/9 | schema is swage.plan/9, expected swage.plan/1",
      })
  void whatIsWrongIsSaidWithItsLine(String right, String wrong, String complaint) {
    String text = PlanFile.render(plan());
    assertThat(text).contains(right);
    String edited = text.replaceFirst(Pattern.quote(right), wrong);
    int line = (int) text.substring(0, text.indexOf(right) + 1).lines().count();
    assertThatThrownBy(() -> PlanFile.parse("p.yaml", edited))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith("p.yaml:" + line + ": ")
        .hasMessageContaining(complaint);
  }
}
