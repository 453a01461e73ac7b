package dev.swage.data.yaml;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that ask whoever reads them for more than they hold. */
class YamlShapeTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: 1\nb: &L\n  - x: *L\n",
        "a: 1\nb: &L [*L]\n",
        "a: 1\nb: &L {x: {y: [1, *L]}}\n",
      })
  void aValueInsideItself(String text) {
    assertThatThrownBy(() -> YamlDocument.of("r.yaml", "recipe", text).root(List.of()))
        .isInstanceOf(YamlException.class)
        .hasMessageMatching(
            "r\\.yaml:[23]: an alias in this value stands for the value itself, which has no end");
  }

  @Test
  void nestingNamesItsLine() {
    String text = "a: 1\nb:\n  " + "[".repeat(80) + "]".repeat(80);
    assertThatThrownBy(() -> YamlDocument.of("r.yaml", "recipe", text).root(List.of()))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith("r.yaml:3: not valid YAML: ");
  }

  @Test
  void aliasesNameTheLineThatIsOneTooMany() {
    String text = "a: &a [1]\n" + "b: [*a, *a, *a]\n".repeat(1) + "c: [" + "*a,".repeat(9) + "]\n";
    assertThatThrownBy(() -> YamlDocument.of("r.yaml", "recipe", text).root(List.of()))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith("r.yaml:3: not valid YAML: ");
  }
}
