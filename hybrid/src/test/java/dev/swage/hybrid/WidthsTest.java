package dev.swage.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.QuantizeData;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which bits the weights of a model are trained for. */
final class WidthsTest {
  private static List<Integer> bits(SmallNet net, QatOptions options) {
    QuantizeData data = options.fixesRanges() ? QuantizeData.of(net.data()) : QuantizeData.none();
    return QuantizationAware.plan(net.model(), data, options).plan().nodes().stream()
        .flatMap(node -> node.choice().slots().stream())
        .map(slot -> slot.scheme().bits())
        .toList();
  }

  /** Three layers with weights: the first and the last may have more bits than the one between. */
  @ParameterizedTest
  @CsvSource({
    "2, 0, 0, 2 2 2",
    "2, 0, 8, 8 2 8",
    "4, 0, 6, 6 4 6",
    "8, 0, 0, 8 8 8",
    "2, 8, 0, 8 2 8",
    "3, 8, 3, 3 3 3",
    "3, 4, 5, 5 3 5"
  })
  void the_ends_have_the_bits_that_were_said(int bits, int activations, int ends, String expected) {
    QatOptions options = QatOptions.of(bits).withActivationBits(activations);
    List<Integer> widths = bits(SmallNet.CONV, ends == 0 ? options : options.withEndBits(ends));
    assertThat(String.join(" ", widths.stream().map(String::valueOf).toList())).isEqualTo(expected);
  }

  @Test
  void widths_that_cannot_be_are_refused() {
    assertThatThrownBy(() -> QatOptions.of(1)).hasMessageContaining("got 1");
    assertThatThrownBy(() -> QatOptions.of(9)).hasMessageContaining("got 9");
    assertThatThrownBy(() -> QatOptions.of(4).withActivationBits(3))
        .hasMessage("activations need 4…8 bits, or 0 for floats, got 3");
    assertThatThrownBy(() -> QatOptions.of(4).withActivationBits(16))
        .hasMessage("activations need 4…8 bits, or 0 for floats, got 16");
    assertThatThrownBy(() -> QatOptions.of(4).withEndBits(3))
        .hasMessage("the first and last layer need 4…8 bits, got 3");
    assertThatThrownBy(() -> QatOptions.of(4).withEndBits(9))
        .hasMessage("the first and last layer need 4…8 bits, got 9");
  }
}
