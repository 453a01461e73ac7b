package dev.swage.graph.opset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.op.OperatorFacts;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OperatorChangesTest {
  /** Both ways: an adapter for each change of the table, and none beside. */
  @Test
  void adaptersAreThoseOfTheTablesChanges() {
    Set<String> changed = new HashSet<>();
    for (String operator : OperatorFacts.operators("")) {
      OperatorFacts facts = OperatorFacts.of("", operator);
      assertThat(OperatorChanges.of(operator).navigableKeySet())
          .as(operator)
          .isEqualTo(facts.changes());
      if (!facts.changes().isEmpty()) {
        changed.add(operator);
      }
    }
    assertThat(OperatorChanges.operators()).isEqualTo(changed);
  }
}
