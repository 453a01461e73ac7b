package dev.swage.compress.speed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The largest flow through a network and the cheapest cut of it, by Dinic's algorithm: shortest
 * augmenting paths, all of a length at a time; {@code O(V²·E)}.
 */
final class MaxFlow {
  /** More than any sum of capacities; stands for an edge that must not be cut. */
  static final long INFINITE = Long.MAX_VALUE / 4;

  private final List<List<Edge>> edges = new ArrayList<>();
  private final int source;
  private final int sink;
  private int[] level = {};
  private int[] next = {};

  /** A network of a source and a sink. */
  MaxFlow() {
    source = vertex();
    sink = vertex();
  }

  int source() {
    return source;
  }

  int sink() {
    return sink;
  }

  int vertex() {
    edges.add(new ArrayList<>());
    return edges.size() - 1;
  }

  /** What is still free of an edge, and the edge back that frees it again. */
  private static final class Edge {
    private final int from;
    private final int to;
    private final int back;
    private long free;

    Edge(int from, int to, int back, long free) {
      this.from = from;
      this.to = to;
      this.back = back;
      this.free = free;
    }
  }

  void edge(int from, int to, long capacity) {
    edges.get(from).add(new Edge(from, to, edges.get(to).size(), capacity));
    edges.get(to).add(new Edge(to, from, edges.get(from).size() - 1, 0));
  }

  /** Sends as much as goes; how much that is, the price of the cheapest cut. */
  long run() {
    long flow = 0;
    while (layers()) {
      next = new int[edges.size()];
      for (long more = augment(); more > 0; more = augment()) {
        flow += more;
      }
    }
    return flow;
  }

  /** Distances from the source over what is free; whether the sink is reached. */
  private boolean layers() {
    level = new int[edges.size()];
    Arrays.fill(level, -1);
    level[source] = 0;
    ArrayDeque<Integer> queue = new ArrayDeque<>(List.of(source));
    while (!queue.isEmpty()) {
      for (Edge edge : edges.get(queue.remove())) {
        if (edge.free > 0 && level[edge.to] < 0) {
          level[edge.to] = level[edge.from] + 1;
          queue.add(edge.to);
        }
      }
    }
    return level[sink] >= 0;
  }

  /** Fills one shortest path, found depth first without recursion: graphs may be long. */
  private long augment() {
    ArrayDeque<Edge> path = new ArrayDeque<>();
    int at = source;
    while (at != sink) {
      if (next[at] < edges.get(at).size()) {
        Edge edge = edges.get(at).get(next[at]);
        if (edge.free > 0 && level[edge.to] == level[at] + 1) {
          path.addLast(edge);
          at = edge.to;
        } else {
          next[at]++;
        }
      } else if (path.isEmpty()) {
        return 0;
      } else {
        at = path.removeLast().from;
        next[at]++;
      }
    }
    long least = path.stream().mapToLong(edge -> edge.free).min().orElseThrow();
    for (Edge edge : path) {
      edge.free -= least;
      edges.get(edge.to).get(edge.back).free += least;
    }
    return least;
  }

  /**
   * After {@link #run}: the vertices that cannot send anything to the sink. Of the cheapest cuts,
   * this one leaves the most with the source.
   */
  BitSet withSource() {
    BitSet reaching = new BitSet();
    reaching.set(sink);
    ArrayDeque<Integer> queue = new ArrayDeque<>(List.of(sink));
    while (!queue.isEmpty()) {
      int to = queue.remove();
      for (Edge edge : edges.get(to)) {
        Edge towards = edges.get(edge.to).get(edge.back);
        if (towards.free > 0 && !reaching.get(edge.to)) {
          reaching.set(edge.to);
          queue.add(edge.to);
        }
      }
    }
    reaching.flip(0, edges.size());
    return reaching;
  }
}
