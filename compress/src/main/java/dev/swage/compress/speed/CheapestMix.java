package dev.swage.compress.speed;

import dev.swage.compress.speed.NodeGroups.CodedValue;
import java.util.BitSet;
import java.util.List;

/**
 * The cheapest choice of sides. A group costs its time on its side; a value written on one side and
 * read on the other costs one conversion, however many read it. That is a minimum cut: source and
 * sink are codes and floats, and a value has a vertex of its own for each way it may be converted,
 * which goes with the first reader that wants it.
 *
 * @param codes numbers of the groups that are quantized
 * @param millis what the choice costs
 */
record CheapestMix(BitSet codes, double millis) {
  private static final double NANOS = 1e6;

  /**
   * The cheapest choice; where two cost the same, the one with more codes.
   *
   * @param margin what times as codes are multiplied with first: above 1, they must be that much
   *     better
   */
  static CheapestMix cheapest(NodeGroups groups, SideTimes times, double margin) {
    MaxFlow network = new MaxFlow();
    int[] vertices = new int[groups.groups().size()];
    for (NodeGroup group : groups.groups()) {
      vertices[group.index()] = network.vertex();
      if (group.free()) {
        int vertex = vertices[group.index()];
        network.edge(network.source(), vertex, nanos(times.floats(group.index())));
        network.edge(vertex, network.sink(), nanos(times.codes(group.index()) * margin));
      } else {
        network.edge(vertices[group.index()], network.sink(), MaxFlow.INFINITE);
      }
    }
    for (NodeGroup group : groups.groups()) {
      int own = vertices[group.index()];
      times
          .fusedInto(group.index())
          .ifPresent(into -> {
            network.edge(own, vertices[into], MaxFlow.INFINITE);
            network.edge(vertices[into], own, MaxFlow.INFINITE);
          });
    }
    for (CodedValue value : groups.values()) {
      convert(network, vertices, value, times);
    }
    double millis = network.run() / NANOS;
    BitSet onCodes = network.withSource();
    BitSet codes = new BitSet();
    for (NodeGroup group : groups.groups()) {
      if (onCodes.get(vertices[group.index()])) {
        codes.set(group.index());
      }
    }
    return new CheapestMix(codes, millis);
  }

  /** What a choice costs. */
  static double price(NodeGroups groups, SideTimes times, BitSet codes) {
    double millis = 0;
    for (NodeGroup group : groups.groups()) {
      if (group.free()) {
        boolean coded = codes.get(group.index());
        millis += coded ? times.codes(group.index()) : times.floats(group.index());
      }
    }
    for (CodedValue value : groups.values()) {
      boolean written = value.producer().filter(group -> codes.get(group.index())).isPresent();
      List<NodeGroup> readers = value.readers();
      boolean toFloats =
          value.output() || readers.stream().anyMatch(reader -> !codes.get(reader.index()));
      if (written && toFloats) {
        millis += times.dequantize(value.name());
      }
      if (!written && readers.stream().anyMatch(reader -> codes.get(reader.index()))) {
        millis += times.quantize(value.name());
      }
    }
    return millis;
  }

  private static void convert(MaxFlow network, int[] vertices, CodedValue value, SideTimes times) {
    int producer = value.producer().map(group -> vertices[group.index()]).orElse(network.sink());
    int asCodes = network.vertex();
    network.edge(asCodes, producer, nanos(times.quantize(value.name())));
    int asFloats = network.vertex();
    network.edge(producer, asFloats, nanos(times.dequantize(value.name())));
    for (NodeGroup reader : value.readers()) {
      network.edge(vertices[reader.index()], asCodes, MaxFlow.INFINITE);
      network.edge(asFloats, vertices[reader.index()], MaxFlow.INFINITE);
    }
    if (value.output()) {
      network.edge(asFloats, network.sink(), MaxFlow.INFINITE);
    }
  }

  private static long nanos(double millis) {
    return Math.round(millis * NANOS);
  }
}
