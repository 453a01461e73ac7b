package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class MemorySourceTest {
  @Test
  void rowsAndLabelsOfOnesOwn() {
    DataSource source = DataSource.of(new float[][] {{1, 2}, {3, 4}, {5, 6}}, new int[] {0, 2, 1});
    assertThat(source.size()).isEqualTo(3);
    assertThat(source.inputShapes()).containsExactly(Shape.of(2));
    assertThat(source.classes()).hasValue(3);
    Batch batch = source.batch(2, 0);
    assertThat(batch.inputs().getFirst().toFloats()).containsExactly(5, 6, 1, 2);
    assertThat(batch.targets().orElseThrow().toLongs()).containsExactly(1, 0);
    assertThat(source.name()).isEqualTo("arrays FLOAT32[3, 2] and INT64[3]");
  }

  @Test
  void tensorsOfAnyRankWithValues() {
    DataSource source =
        DataSource.of(
            Tensor.ofFloats(Shape.of(2, 1, 2), 1, 2, 3, 4),
            Tensor.ofFloats(Shape.of(2, 2), 5, 6, 7, 8));
    assertThat(source.classes()).isEmpty();
    assertThat(source.batch(1).inputs().getFirst().shape()).isEqualTo(Shape.of(1, 1, 2));
    assertThat(source.batch(1).targets().orElseThrow().toFloats()).containsExactly(7, 8);
  }

  @Test
  void limitKeepsTheFirst() {
    DataSource source = DataSource.of(new float[][] {{1}, {2}, {3}}, new int[] {0, 1, 0});
    DataSource first = source.limit(2);
    assertThat(first.size()).isEqualTo(2);
    assertThat(first.name()).isEqualTo("arrays FLOAT32[3, 1] and INT64[3], first 2");
    assertThatThrownBy(() -> first.batch(2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(source.limit(3)).isSameAs(source);
    assertThatThrownBy(() -> source.limit(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit must be at least 1, got 0");
  }

  @Test
  void hashDependsOnEveryValueAndOnNothingElse() {
    float[][] rows = {{1, 2}, {3, 4}};
    String hash = DataSource.of(rows, new int[] {0, 1}).hash();
    assertThat(hash).hasSize(64);
    assertThat(DataSource.of(rows, new int[] {1, 0}).hash()).isNotEqualTo(hash);
    assertThat(DataSource.of(new float[][] {{1, 2}, {3, 5}}, new int[] {0, 1}).hash())
        .isNotEqualTo(hash);
    DataSource longer = DataSource.of(new float[][] {{1, 2}, {3, 4}, {5, 6}}, new int[] {0, 1, 1});
    assertThat(longer.limit(2).hash()).isEqualTo(hash);
  }

  /** Reading many large samples at once would take memory that grows with their number. */
  @Test
  void hashReadsLargeSamplesAFewAtATime() {
    List<Integer> batches = new ArrayList<>();
    DataSource samples =
        new MemorySource(
            "rows",
            new TensorRows(Tensor.ofFloats(Shape.of(9, 1 << 17), new float[9 << 17])),
            new Targets.None());
    DataSource watched = watched(samples, batches);
    assertThat(watched.hash()).hasSize(64);
    assertThat(batches).containsExactly(8, 1);
  }

  private static DataSource watched(DataSource source, List<Integer> batches) {
    return new DataSource() {
      @Override
      public String name() {
        return source.name();
      }

      @Override
      public int size() {
        return source.size();
      }

      @Override
      public List<Shape> inputShapes() {
        return source.inputShapes();
      }

      @Override
      public OptionalInt classes() {
        return source.classes();
      }

      @Override
      public Batch batch(int... indices) {
        batches.add(indices.length);
        return source.batch(indices);
      }
    };
  }

  @Test
  void arraysThatDoNotFit() {
    fails(
        () -> DataSource.of(new float[0][], new int[0]),
        "0 rows and 0 labels: expected as many, and at least one");
    fails(
        () -> DataSource.of(new float[][] {{1}, {2}}, new int[] {0}),
        "2 rows and 1 labels: expected as many, and at least one");
    fails(
        () -> DataSource.of(new float[][] {{1}, {2, 3}}, new int[] {0, 1}),
        "row 1 has 2 values, expected 1 as in row 0");
    fails(
        () -> DataSource.of(new float[][] {{1}, {2}}, new int[] {0, -1}),
        "target 1 is -1, expected a class index from 0 to 1048576");
    fails(
        () ->
            DataSource.of(
                Tensor.ofFloats(Shape.of(2, 1), 1, 2), Tensor.ofLongs(Shape.of(3), 0, 1, 2)),
        "inputs are FLOAT32[2, 1] but targets INT64[3]: expected one per sample");
    fails(
        () ->
            DataSource.of(Tensor.ofFloats(Shape.of(2, 1), 1, 2), Tensor.ofInts(Shape.of(2), 0, 1)),
        "targets are INT32[2], expected INT64[n] class indices or FLOAT32[n, ...] values");
  }

  private static void fails(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(DataException.class).hasMessage(message);
  }
}
