package dev.swage.onnx.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Node;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorTableTest {
  private static OperatorTable parse(String... lines) {
    return OperatorTable.parse("table", Arrays.asList(lines));
  }

  @Test
  void linesOfAnOperatorHoldFromTheirVersionOn() {
    OperatorTable table =
        parse(
            "# comment",
            "",
            "[ai.onnx]",
            "Clip 7 1 1 (data) clips max:f min:f",
            "Clip 11 1-3 1 (data,setting*) changed",
            "[com.example]",
            "Clip 2 ? ?");
    assertThat(table.operators("")).containsExactly("Clip");
    assertThat(table.versions("ai.onnx", "Clip")).containsOnlyKeys(7L, 11L);
    OperatorLine newest = table.versions("", "Clip").lastEntry().getValue();
    assertThat(newest.changed()).isTrue();
    assertThat(newest.roles().orElseThrow().at(2)).isEqualTo(RoleWord.SETTING);
    assertThat(table.versions("com.example", "Clip").firstEntry().getValue().schema()).isEmpty();
    assertThat(table.versions("org.example", "Clip")).isEmpty();
    assertThat(table.operators("org.example")).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "Add 7 2 | needs operator, version, inputs and outputs",
        "Add 0 2 1 | version 0, expected 1 or more",
        "Add 7 2 1 (data,wait) | unknown role 'wait'",
        "Add 7 2 1 () | unknown role ''",
        "Add 7 2 1 adds | unknown trait 'adds'",
        "Add 7 2 1 axis:x | unknown kind of attribute 'x'",
        "Add 7 2 1 axis:i axis:f | two attributes of one name: axis:f",
        "Add 7 1-2 1 (data,data,data) | 3 roles, but it has 1 to 2 inputs",
        "Add 7 2 1 (data,data*) | 2 roles or more, but it has 2 inputs",
        "Add 7 ? ? axis:i | has attributes, but no inputs and outputs",
        "Relu 6 1 1 | version 6 stands after version 7",
        "Relu 7 1 1 | version 7 stands after version 7",
        "Relu 8 1 1 clips | traits stand on the first line of an operator"
      })
  void aLineThatDoesNotFitIsNamed(String line, String problem) {
    assertThatThrownBy(() -> parse("[ai.onnx]", "Relu 7 1 1", line))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("table, line 3 (" + line + "): " + problem);
  }

  /**
   * All operators ONNX has had from operator set 7 to 26, one of ONNX Runtime's among them, and the
   * experimental ones it runs up to operator set 9.
   */
  @Test
  void everyOperatorOfOnnxIsThere() {
    List<String> names =
        List.of(
            ("Abs Acos Acosh Add Affine AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh "
                    + "Attention AveragePool BatchNormalization Bernoulli BitCast BitShift "
                    + "BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast "
                    + "CastLike Ceil Celu CenterCropPad Clip Col2Im Compress Concat "
                    + "ConcatFromSequence Constant ConstantOfShape Conv ConvInteger "
                    + "ConvTranspose Cos Cosh Crop CumProd CumSum DFT DeformConv DepthToSpace "
                    + "DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu "
                    + "Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements "
                    + "GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool "
                    + "Greater GreaterOrEqual GridSample GroupNormalization HammingWindow "
                    + "HannWindow HardSigmoid HardSwish Hardmax Identity If ImageDecoder ImageScaler "
                    + "InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization "
                    + "LeakyRelu Less LessOrEqual Log LogSoftmax Loop LpNormalization LpPool "
                    + "MatMul MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean "
                    + "MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Multinomial "
                    + "Neg NegativeLogLikelihoodLoss NonMaxSuppression NonZero Not OneHot "
                    + "Optional OptionalGetElement OptionalHasElement Or PRelu Pad ParametricSoftplus Pow "
                    + "QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN "
                    + "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range "
                    + "Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax "
                    + "ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare "
                    + "RegexFullMatch Relu Reshape Resize ReverseSequence RoiAlign Scale ScaledTanh "
                    + "RotaryEmbedding Round STFT Scan Scatter ScatterElements ScatterND Selu "
                    + "SequenceAt SequenceConstruct SequenceEmpty SequenceErase "
                    + "SequenceInsert SequenceLength SequenceMap Shape Shrink Sigmoid Sign "
                    + "SimplifiedLayerNormalization Sin Sinh Size Slice Softmax "
                    + "SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Split "
                    + "SplitToSequence Sqrt Squeeze StringConcat StringNormalizer StringSplit "
                    + "Sub Sum Swish Tan Tanh TensorScatter TfIdfVectorizer ThresholdedRelu "
                    + "Tile TopK Transpose Trilu Unique Unsqueeze Upsample Where Xor")
                .split(" "));
    assertThat(OperatorFacts.operators("")).containsExactlyInAnyOrderElementsOf(names);
    assertThat(OperatorFacts.operators("ai.onnx")).isEqualTo(OperatorFacts.operators(""));
  }

  private static void has(Predicate<OperatorFacts> trait, String domain, String operators) {
    assertThat(OperatorFacts.operators(domain))
        .filteredOn(name -> trait.test(OperatorFacts.of(domain, name)))
        .containsExactlyInAnyOrder(operators.split(" "));
  }

  @Test
  void kindsAreThoseWrittenByHand() {
    has(
        OperatorFacts::movesValues,
        "",
        "Compress DepthToSpace Expand Flatten Gather GatherElements GatherND Identity Reshape"
            + " ReverseSequence Slice SpaceToDepth Split Squeeze Tile Transpose Unsqueeze");
    has(OperatorFacts::keepsOrder, "", "Flatten Identity Reshape Squeeze Unsqueeze");
    has(OperatorFacts::joinsValues, "", "Concat");
    has(OperatorFacts::clips, "", "Clip Relu");
    has(
        OperatorFacts::normalizes,
        "",
        "BatchNormalization GroupNormalization InstanceNormalization LRN LayerNormalization"
            + " LpNormalization MeanVarianceNormalization RMSNormalization"
            + " SimplifiedLayerNormalization");
    has(
        OperatorFacts::normalizes,
        "com.microsoft",
        "EmbedLayerNormalization GroupNorm SkipGroupNorm SkipLayerNormalization"
            + " SkipSimplifiedLayerNormalization");
    has(OperatorFacts::isRecurrent, "", "GRU LSTM RNN");
    has(
        OperatorFacts::isLinear,
        "",
        "Conv ConvInteger ConvTranspose Gemm MatMul MatMulInteger QLinearConv QLinearMatMul");
    has(OperatorFacts::isProbability, "", "Sigmoid Softmax");
    has(OperatorFacts::hasBranches, "", "If Loop Scan SequenceMap");
    has(
        OperatorFacts::isRandom,
        "",
        "Bernoulli Dropout Multinomial RandomNormal RandomNormalLike RandomUniform"
            + " RandomUniformLike");
  }

  @Test
  void whatKeepsTheOrderMovesToo() {
    for (String name : OperatorFacts.operators("")) {
      OperatorFacts facts = OperatorFacts.of("", name);
      assertThat(facts.movesValues() || !facts.keepsOrder()).as(name).isTrue();
    }
  }

  @Test
  void changesAreOfTheOperatorNotOfTheVersion() {
    Node node = Node.of("n", "Split", List.of("x"), "y");
    assertThat(OperatorFacts.of(node, 7).changes()).containsExactly(13L, 18L);
    assertThat(OperatorFacts.of(node).changes()).containsExactly(13L, 18L);
    assertThat(OperatorFacts.of("", "Relu").changes()).isEmpty();
  }

  @Test
  void theSignatureIsThatOfTheVersion() {
    Node node = Node.of("n", "Split", List.of("x"), "y");
    assertThat(OperatorFacts.of(node, 12).schema().orElseThrow().since()).isEqualTo(7);
    assertThat(OperatorFacts.of(node, 17).schema().orElseThrow().since()).isEqualTo(13);
    assertThat(OperatorFacts.of(node).schema().orElseThrow().since()).isEqualTo(18);
    assertThat(OperatorFacts.of(node, 1).schema()).isEmpty();
  }

  @Test
  void anUnknownOperatorSaysNothing() {
    OperatorFacts facts = OperatorFacts.of("org.example", "Magic");
    assertThat(facts.isKnown()).isFalse();
    assertThat(facts.schema()).isEmpty();
    assertThat(facts.changes()).isEmpty();
    assertThat(facts.movesValues() || facts.isLinear() || facts.isRandom()).isFalse();
  }
}
