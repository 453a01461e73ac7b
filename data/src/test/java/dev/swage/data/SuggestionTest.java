package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
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
