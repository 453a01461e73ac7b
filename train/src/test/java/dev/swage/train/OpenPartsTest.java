package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OpenPartsTest {
  private final List<String> closed = new ArrayList<>();
  private final OpenParts parts = new OpenParts();

  private void fails(String part) {
    closed.add(part);
    throw new IllegalStateException(part);
  }

  @Test
  void parts_are_closed_once_in_reverse_order() {
    assertThat(parts.add("a", closed::add)).isEqualTo("a");
    parts.add("b", closed::add);
    parts.add("c", closed::add);
    parts.close();
    parts.close();
    assertThat(closed).containsExactly("c", "b", "a");
  }

  @Test
  void all_are_closed_where_closing_fails() {
    parts.add("a", this::fails);
    parts.add("b", closed::add);
    parts.add("c", this::fails);
    assertThatThrownBy(parts::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("c")
        .satisfies(e ->
            assertThat(e.getSuppressed())
                .singleElement()
                .satisfies(s -> assertThat(s).hasMessage("a")));
    assertThat(closed).containsExactly("c", "b", "a");
  }

  @Test
  void a_failure_keeps_those_of_closing() {
    parts.add("a", this::fails);
    parts.add("b", this::fails);
    OutOfMemoryError failure = new OutOfMemoryError("none left");
    parts.closeAfter(failure);
    assertThat(failure.getSuppressed()).extracting(Throwable::getMessage).containsExactly("b", "a");
  }

  @Test
  void a_failure_that_comes_again_from_closing_is_not_its_own_suppressed_one() {
    IllegalStateException failure = new IllegalStateException("both");
    parts.add(
        "a",
        _ -> {
          throw failure;
        });
    parts.closeAfter(failure);
    assertThat(failure.getSuppressed()).isEmpty();
  }
}
