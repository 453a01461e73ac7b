package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SequenceProblemsTest {
  private static Batch all(DataSource source) {
    return source.batch(IntStream.range(0, source.size()).toArray());
  }

  /** The one symbol of a step. */
  private static int symbol(Tensor x, int sample, int t) {
    int symbol = -1;
    for (int s = 0; s < 6; s++) {
      float value = x.getFloat((sample * 30L + t) * 6 + s);
      if (value != 0) {
        assertThat(value).isEqualTo(1);
        assertThat(symbol).isEqualTo(-1);
        symbol = s;
      }
    }
    assertThat(symbol).isNotEqualTo(-1);
    return symbol;
  }

  @Test
  void temporalOrderHidesTwoSymbolsInTheirPlaces() {
    DataSource source = DataSource.open("temporal-order:?length=30&count=2000&seed=3");
    assertThat(source.inputShapes()).containsExactly(Shape.of(30, 6));
    assertThat(source.classNames()).containsExactly("AA", "AB", "BA", "BB");
    Batch batch = all(source);
    long[] labels = batch.targets().orElseThrow().toLongs();
    int[] counts = new int[4];
    boolean[] places = new boolean[30];
    for (int i = 0; i < labels.length; i++) {
      long label = 0;
      int found = 0;
      for (int t = 0; t < 30; t++) {
        int symbol = symbol(batch.inputs().getFirst(), i, t);
        if (symbol < 2) {
          assertThat(t).isBetween(found == 0 ? 3 : 15, found == 0 ? 5 : 17);
          places[t] = true;
          label = 2 * label + symbol;
          found++;
        }
      }
      assertThat(found).isEqualTo(2);
      assertThat(labels[i]).isEqualTo(label);
      counts[(int) label]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(400, 600); // 500 ± 5 standard deviations
    }
    assertThat(IntStream.of(3, 4, 5, 15, 16, 17).allMatch(t -> places[t])).isTrue();
  }

  @Test
  void addingAsksForTheMeanOfTwoMarkedValues() {
    DataSource source = DataSource.open("adding:?length=40&count=1000&seed=3");
    assertThat(source.inputShapes()).containsExactly(Shape.of(40, 2));
    assertThat(source.classes()).isEmpty();
    Batch batch = all(source);
    Tensor x = batch.inputs().getFirst();
    Tensor y = batch.targets().orElseThrow();
    assertThat(y.shape()).isEqualTo(Shape.of(1000, 1));
    double error = 0;
    for (int i = 0; i < 1000; i++) {
      double sum = 0;
      int marks = 0;
      for (int t = 0; t < 40; t++) {
        if (x.getFloat((i * 40L + t) * 2 + 1) == 1) {
          assertThat(t).isBetween(marks == 0 ? 0 : 4, marks == 0 ? 3 : 19);
          marks++;
          sum += x.getFloat((i * 40L + t) * 2);
        }
      }
      assertThat(marks).isEqualTo(2);
      assertThat((double) y.getFloat(i)).isCloseTo(sum / 2, within(1e-6));
      error += Math.pow(y.getFloat(i) - 0.5, 2) / 1000;
    }
    assertThat(error).isCloseTo(1 / 24.0, within(0.01));
  }

  @Test
  void sampleIDependsOnSeedAndIOnlyHoweverManyThereAre() {
    DataSource few = DataSource.open("temporal-order:?count=10&seed=1");
    DataSource many = DataSource.open("temporal-order:?count=2000000000&seed=1");
    DataSource other = DataSource.open("temporal-order:?count=10&seed=2");
    DataSource test = DataSource.open("temporal-order:?count=10&seed=1&split=test");
    assertThat(many.batch(7).inputs().getFirst().toFloats())
        .isEqualTo(few.batch(7).inputs().getFirst().toFloats())
        .isNotEqualTo(few.batch(8).inputs().getFirst().toFloats())
        .isNotEqualTo(other.batch(7).inputs().getFirst().toFloats())
        .isNotEqualTo(test.batch(7).inputs().getFirst().toFloats());
    assertThat(many.batch(1_999_999_999).targets()).isPresent();
  }

  @Test
  void aSequenceWithoutRoomForTheMarksIsRefused() {
    assertThatThrownBy(() -> DataSource.open("adding:?length=9"))
        .isInstanceOf(DataException.class)
        .hasMessage("adding:?length=9: key 'length' is '9', expected a whole number from 10");
    assertThatThrownBy(() -> DataSource.open("temporal-ordr:"))
        .hasMessageContaining("did you mean 'temporal-order'?");
  }
}
