package dev.swage.compress.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.compress.speed.MixedModel.MixedNode;
import dev.swage.compress.speed.NodeGroups.CodedValue;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class CheapestMixTest {
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);

  /** A chain {@code x → n0 → v0 → n1 → …} with shortcuts; the last value is the output. */
  private static NodeGroups chain(int nodes, RandomGenerator random, BitSet free) {
    List<MixedNode> mixed = new ArrayList<>();
    List<String> values = new ArrayList<>(List.of("x"));
    Graph.Builder graph = Graph.builder("chain").input(ValueInfo.batched("x", DType.FLOAT32, 4));
    for (int i = 0; i < nodes; i++) {
      String before = i == 0 ? "x" : "v" + (i - 1);
      String other = i == 0 ? "x" : "v" + random.nextInt(i);
      Node node = Node.of("n" + i, "Add", List.of(before, other), "v" + i);
      graph.node(node);
      mixed.add(new MixedNode("n" + i, node, node, free.get(i), Optional.empty()));
      values.add("v" + i);
    }
    graph.output(ValueInfo.batched("v" + (nodes - 1), DType.FLOAT32, 4));
    Graph built = graph.build();
    return new NodeGroups(built, new MixedModel(OnnxModel.of(built), mixed, values, true));
  }

  private SideTimes times(NodeGroups groups) {
    SideTimes times = new SideTimes(groups.groups().size());
    for (NodeGroup group : groups.groups()) {
      times.set(group.index(), false, random.nextInt(20) / 8.0);
      times.set(group.index(), true, random.nextInt(20) / 8.0);
    }
    for (CodedValue value : groups.values()) {
      times.setConversion(value.name(), true, random.nextInt(8) / 8.0);
      times.setConversion(value.name(), false, random.nextInt(8) / 8.0);
    }
    return times;
  }

  private static double price(NodeGroups groups, SideTimes times, BitSet codes) {
    double sum = 0;
    for (NodeGroup group : groups.groups()) {
      if (group.free()) {
        sum += codes.get(group.index()) ? times.codes(group.index()) : times.floats(group.index());
      }
    }
    for (CodedValue value : groups.values()) {
      boolean fromCodes = value.producer().filter(p -> codes.get(p.index())).isPresent();
      boolean toCodes = value.readers().stream().anyMatch(r -> codes.get(r.index()));
      boolean toFloats =
          value.output() || value.readers().stream().anyMatch(r -> !codes.get(r.index()));
      if (!fromCodes && toCodes) {
        sum += times.quantize(value.name());
      }
      if (fromCodes && toFloats) {
        sum += times.dequantize(value.name());
      }
    }
    return sum;
  }

  @Test
  void choiceIsTheCheapestOfAll() {
    for (int trial = 0; trial < 200; trial++) {
      int nodes = 1 + random.nextInt(8);
      BitSet free = new BitSet();
      for (int i = 0; i < nodes; i++) {
        free.set(i, random.nextInt(4) > 0);
      }
      NodeGroups groups = chain(nodes, random, free);
      SideTimes times = times(groups);
      CheapestMix choice = CheapestMix.cheapest(groups, times, 1);
      double cheapest = Double.MAX_VALUE;
      for (long all = 0; all < 1L << nodes; all++) {
        BitSet codes = BitSet.valueOf(new long[] {all});
        BitSet impossible = (BitSet) codes.clone();
        impossible.andNot(free);
        if (impossible.isEmpty()) {
          cheapest = Math.min(cheapest, price(groups, times, codes));
        }
      }
      assertThat(choice.millis()).isCloseTo(cheapest, within(1e-6));
      assertThat(price(groups, times, choice.codes())).isCloseTo(cheapest, within(1e-6));
      assertThat(CheapestMix.price(groups, times, choice.codes()))
          .isCloseTo(cheapest, within(1e-6));
    }
  }

  @Test
  void manyReadersCostOneConversion() {
    BitSet free = new BitSet();
    free.set(0, 3);
    NodeGroups groups = chain(3, () -> 0, free);
    SideTimes times = new SideTimes(3);
    for (int i = 0; i < 3; i++) {
      times.set(i, false, 1);
      times.set(i, true, 1);
    }
    times.set(0, true, 5);
    times.set(1, true, 0.25);
    times.set(2, true, 0.25);
    times.setConversion("v0", true, 1.25);
    times.setConversion("v2", false, 0.125);
    BitSet codes = CheapestMix.cheapest(groups, times, 1).codes();
    assertThat(codes).isEqualTo(BitSet.valueOf(new long[] {0b110}));
  }

  @Test
  void marginsAskForMoreThanATie() {
    BitSet free = new BitSet();
    free.set(0);
    NodeGroups groups = chain(1, random, free);
    SideTimes times = new SideTimes(1);
    times.set(0, false, 1);
    times.set(0, true, 1);
    assertThat(CheapestMix.cheapest(groups, times, 1).codes().get(0)).isTrue();
    times.set(0, true, 0.8);
    assertThat(CheapestMix.cheapest(groups, times, 1.2).codes().get(0)).isTrue();
    assertThat(CheapestMix.cheapest(groups, times, 1.3).codes().get(0)).isFalse();
  }

  @Test
  void whatOneKernelDoesStaysOnOneSide() {
    BitSet free = new BitSet();
    free.set(0, 2);
    NodeGroups groups = chain(2, random, free);
    SideTimes times = new SideTimes(2);
    times.set(0, false, 3);
    times.set(0, true, 1);
    times.set(1, false, 0);
    times.set(1, true, 1);
    assertThat(CheapestMix.cheapest(groups, times, 1).codes().cardinality()).isEqualTo(1);
    times.setFused(1, 0);
    assertThat(CheapestMix.cheapest(groups, times, 1).codes().cardinality()).isEqualTo(2);
    times.set(1, true, 4);
    assertThat(CheapestMix.cheapest(groups, times, 1).codes().cardinality()).isZero();
  }
}
