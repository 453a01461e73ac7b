package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {
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
    assertThat(Suggestion.distance(a, b)).isEqualTo(edits);
    assertThat(Suggestion.distance(b, a)).isEqualTo(edits);
  }

  @Test
  void nearestNeedsAtLeastHalfOfTheWord() {
    List<String> known = List.of("split", "limit", "seed");
    assertThat(Suggestion.nearest("splt", known)).contains("split");
    assertThat(Suggestion.nearest("sede", known)).contains("seed");
    assertThat(Suggestion.nearest("learning_rate", known)).isEmpty();
  }

  @Test
  void sentenceNamesTheNearestAndAll() {
    assertThat(Suggestion.forWord("splt", List.of("split", "seed")))
        .isEqualTo("did you mean 'split'? Known: split, seed");
    assertThat(Suggestion.forWord("epochs", List.of("split", "seed")))
        .isEqualTo("Known: split, seed");
  }
}
