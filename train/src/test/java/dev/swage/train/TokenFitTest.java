package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.data.TokenLimits;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Tokens that have no row in the model's tables, and texts too long for its places. */
final class TokenFitTest {
  private static final int ROWS = 40;
  private static final int PLACES = 24;

  /** Looks tokens up, and adds the places, whose numbers it makes itself. */
  private static OnnxModel model() {
    long[] places = new long[PLACES];
    java.util.Arrays.setAll(places, i -> i);
    return OnnxModel.of(
        Graph.builder("tokens")
            .input(ValueInfo.batched("ids", DType.INT64, PLACES))
            .output(ValueInfo.batched("y", DType.FLOAT32, PLACES, 3))
            .initializer("words", zeros(ROWS))
            .initializer("positions", zeros(PLACES))
            .initializer("numbers", Tensor.ofLongs(Shape.of(PLACES), places))
            .node(Node.of("cast", "Identity", List.of("ids"), "cast"))
            .node(Node.of("look", "Gather", List.of("words", "cast"), "w"))
            .node(Node.of("same", "Identity", List.of("numbers"), "same"))
            .node(Node.of("place", "Gather", List.of("positions", "same"), "p"))
            .node(Node.of("sum", "Add", List.of("w", "p"), "y"))
            .build());
  }

  private static Tensor zeros(int rows) {
    return Tensor.ofFloats(Shape.of(rows, 3), new float[rows * 3]);
  }

  private record Texts(TokenLimits limits) implements DataSource {
    @Override
    public String name() {
      return "texts";
    }

    @Override
    public int size() {
      return 1;
    }

    @Override
    public List<Shape> inputShapes() {
      return List.of(Shape.of(limits.length()));
    }

    @Override
    public OptionalInt classes() {
      return OptionalInt.empty();
    }

    @Override
    public Optional<TokenLimits> tokenLimits() {
      return Optional.of(limits);
    }

    @Override
    public Batch batch(int... indices) {
      throw new UnsupportedOperationException();
    }
  }

  private static void check(int vocabulary, int length) {
    TokenFit.check(model(), new Texts(new TokenLimits(vocabulary, length)));
  }

  @Test
  void as_many_rows_and_places_as_there_are() {
    assertThatCode(() -> check(ROWS, PLACES)).doesNotThrowAnyException();
  }

  @Test
  void a_tokenizer_of_another_vocabulary() {
    assertThatThrownBy(() -> check(ROWS + 1, PLACES))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "texts: its tokens are numbered to 40, table 'words' of the model has 40 rows; use the"
                + " tokenizer that belongs to the model");
  }

  @Test
  void a_text_longer_than_the_model_takes() {
    assertThatThrownBy(() -> check(ROWS, PLACES + 1))
        .hasMessage(
            "texts: its longest text has 25 tokens, the model takes 24 (table 'positions'); say"
                + " length=24");
  }
}
