package dev.swage.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EditDistanceTest {
  @ParameterizedTest
  @CsvSource({
    "label,label,0",
    "Label,label,0",
    "lable,label,1",
    "labl,label,1",
    "labels,label,1",
    "kitten,sitting,3",
    "'',abc,3"
  })
  void distanceCountsEdits(String a, String b, int edits) {
    assertThat(EditDistance.of(a, b)).isEqualTo(edits);
    assertThat(EditDistance.of(b, a)).isEqualTo(edits);
  }

  @Test
  void theNearestComeFirstAndEqualsAsTheyStand() {
    List<String> known = List.of("seed", "limit", "split", "spilt");
    assertThat(EditDistance.nearest("splt", known, 3)).containsExactly("split", "spilt", "seed");
    assertThat(EditDistance.nearest("splt", known, 9)).hasSize(4);
    assertThat(EditDistance.nearest("splt", List.of(), 1)).isEmpty();
  }
}
