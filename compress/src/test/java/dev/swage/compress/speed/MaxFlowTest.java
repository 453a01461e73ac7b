package dev.swage.compress.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class MaxFlowTest {
  private record Edge(int from, int to, long capacity) {}

  /** Vertex 0 is the source, 1 the sink. */
  private static long price(List<Edge> edges, BitSet withSource) {
    return edges.stream()
        .filter(edge -> withSource.get(edge.from()) && !withSource.get(edge.to()))
        .mapToLong(Edge::capacity)
        .sum();
  }

  @Test
  void flowIsThePriceOfTheCheapestCut() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
    for (int trial = 0; trial < 300; trial++) {
      int vertices = 2 + random.nextInt(7);
      List<Edge> edges = new ArrayList<>();
      MaxFlow network = new MaxFlow();
      for (int v = 2; v < vertices; v++) {
        assertThat(network.vertex()).isEqualTo(v);
      }
      for (int i = random.nextInt(3 * vertices); i >= 0; i--) {
        Edge edge =
            new Edge(random.nextInt(vertices), random.nextInt(vertices), random.nextInt(10));
        edges.add(edge);
        network.edge(edge.from(), edge.to(), edge.capacity());
      }
      long flow = network.run();
      long cheapest = Long.MAX_VALUE;
      int most = 0;
      for (int others = 0; others < 1 << (vertices - 2); others++) {
        BitSet withSource = BitSet.valueOf(new long[] {(long) others << 2 | 1});
        long price = price(edges, withSource);
        if (price < cheapest) {
          most = 0;
        }
        cheapest = Math.min(cheapest, price);
        if (price == cheapest) {
          most = Math.max(most, withSource.cardinality());
        }
      }
      BitSet chosen = network.withSource();
      assertThat(flow).isEqualTo(cheapest);
      assertThat(price(edges, chosen)).isEqualTo(cheapest);
      assertThat(chosen.get(0)).isTrue();
      assertThat(chosen.get(1)).isFalse();
      assertThat(chosen.cardinality()).isEqualTo(most);
    }
  }

  @Test
  void pathsOfAnyLengthAreFound() {
    MaxFlow network = new MaxFlow();
    int last = network.source();
    for (int i = 0; i < 20_000; i++) {
      int vertex = network.vertex();
      network.edge(last, vertex, i == 7_000 ? 3 : MaxFlow.INFINITE);
      last = vertex;
    }
    network.edge(last, network.sink(), 5);
    assertThat(network.run()).isEqualTo(3);
    assertThat(network.withSource().cardinality()).isEqualTo(7_001);
  }
}
