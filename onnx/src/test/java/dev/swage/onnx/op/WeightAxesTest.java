package dev.swage.onnx.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightAxesTest {
  private static Node node(String type) {
    return Node.of("n", type, List.of("a", "b"), "y");
  }

  @ParameterizedTest
  @CsvSource({
    "Gather, 0, 2, 0, 1",
    "Gather, 1, 2, 1, 0",
    "Gather, -1, 2, 1, 0",
    "Gather, -2, 2, 0, 1",
    "Gather, -3, 3, 0, 1",
    "Gather, 1, 3, 1, 2",
    "Gather, -1, 4, 3, 2",
    "GatherElements, -2, 3, 1, 2",
  })
  void aTablesRowsLieAlongItsAxis(String type, int axis, int rank, int channel, int input) {
    Node gather = node(type).with("axis", Attribute.of(axis));
    assertThat(WeightAxes.of(gather, 0, rank)).hasValue(new WeightAxes(channel, input));
  }

  @ParameterizedTest
  @CsvSource({
    "MatMul, 0, 3, 1, 2",
    "MatMul, 1, 3, 2, 1",
    "Conv, 1, 4, 0, 1",
    "GatherND, 0, 3, 0, 1",
  })
  void otherWeightsLieAsTheirOperatorSays(
      String type, int index, int rank, int channel, int input) {
    assertThat(WeightAxes.of(node(type), index, rank)).hasValue(new WeightAxes(channel, input));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bk,kn->bn | 1 | 2 | 1 | 0",
        "bk,nk->bn | 1 | 2 | 0 | 1",
        "mk,bkn->bmn | 0 | 2 | 0 | 1",
        "btd,dhk->bthk | 1 | 3 | 2 | 0",
        "...d,hdk->...hk | 1 | 3 | 2 | 1",
        "bij,jk | 1 | 2 | 1 | 0",
        "bhd,hdk->bhk | 1 | 3 | 2 | 1",
        "b k, k n -> b n | 1 | 2 | 1 | 0",
        "ab,ab->ab | 0 | 2 | 1 | 0",
        "i...,j->i...j | 0 | 3 | 0 | 1",
        "ij,jk->ik | 0 | 3 | 2 | 1",
      })
  void anEinsumsAxesAreThoseOfItsEquation(
      String equation, int index, int rank, int channel, int input) {
    Node einsum = node("Einsum").with("equation", Attribute.of(equation));
    assertThat(WeightAxes.of(einsum, index, rank)).hasValue(new WeightAxes(channel, input));
  }

  @ParameterizedTest
  @CsvSource({"Gather, 0, 1", "MatMul, 1, 1", "Add, 0, 2", "MatMul, 2, 2"})
  void whatIsNoWeightOrHasOneAxisHasNone(String type, int index, int rank) {
    assertThat(WeightAxes.of(node(type), index, rank)).isEmpty();
  }
}
