package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reading takes time in proportion to the file, whatever it is made to look like. */
class LinearTest {
  private static final int MANY = 20_000;
  private static final Duration LONGEST = Duration.ofSeconds(20);

  enum Kind {
    BRANCHES,
    ONE_HASH_CODE;

    Graph made(int count) {
      return this == BRANCHES ? branches(count) : oneHashCode(count);
    }
  }

  private static Graph.Builder graph() {
    return Graph.builder("g")
        .input(ValueInfo.batched("x", DType.FLOAT32, 4))
        .input(ValueInfo.of("yes", DType.BOOL, Shape.of()))
        .node(Node.of("r", "Relu", List.of("x"), "y"))
        .output(ValueInfo.batched("y", DType.FLOAT32, 4));
  }

  private static Graph branches(int count) {
    Graph.Builder graph = graph();
    Attribute branch =
        Attribute.of(Graph.builder("b").output(ValueInfo.batched("x", DType.FLOAT32, 4)).build());
    for (int i = 0; i < count; i++) {
      graph.node(
          Node.of("if" + i, "If", List.of("yes"), "v" + i)
              .with("then_branch", branch)
              .with("else_branch", branch));
    }
    return graph.build();
  }

  /** Names of as many pairs {@code Aa} and {@code BB}, which have one hash code. */
  private static Graph oneHashCode(int count) {
    Graph.Builder graph = graph();
    for (int i = 0; i < count; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 15; bit++) {
        name.append(((i >> bit) & 1) == 0 ? "Aa" : "BB");
      }
      graph.node(
          new Node(
              name.toString(), "Relu", "", List.of("x"), List.of("v" + name), Map.of(), "own"));
    }
    return graph.build();
  }

  @ParameterizedTest
  @EnumSource
  void readsManyOf(Kind kind) {
    byte[] file = OnnxWriter.toBytes(OnnxModel.of(kind.made(MANY)));
    long start = System.nanoTime();
    OnnxModel model = OnnxReader.parse(file, "many");
    FreshNames names = FreshNames.of(model.graph());
    for (int i = 0; i < MANY; i++) {
      names.next("x");
    }
    byte[] again = OnnxWriter.toBytes(model);
    // A quadratic check takes a minute here.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONGEST);
    assertThat(again).hasSameSizeAs(file);
  }
}
