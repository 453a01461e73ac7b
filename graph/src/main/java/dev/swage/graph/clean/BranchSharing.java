package dev.swage.graph.clean;

import dev.swage.graph.pass.ChangeLog;
import dev.swage.graph.pass.Renaming;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.MappedMemory;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Equal weights that several graphs of a model hold, as the branches of an {@code If} do, become
 * one in the innermost graph that all of these see.
 */
public final class BranchSharing {
  /** Smaller ones cost less than the surprise to find them elsewhere. */
  private static final long LEAST_BYTES = 1024;

  private final FreshNames names;
  private final ChangeLog log;
  private final Map<GraphPath, Map<String, String>> renamed = new HashMap<>();
  private final Map<GraphPath, Map<String, Tensor>> added = new HashMap<>();

  private BranchSharing(FreshNames names, ChangeLog log) {
    this.names = names;
    this.log = log;
  }

  /** A weight and where it lies. */
  private record Place(GraphPath path, String name, Tensor tensor) {
    boolean equal(Place other) {
      return MappedMemory.mismatch(tensor.data(), other.tensor.data()) < 0;
    }
  }

  public static Graph apply(Graph graph, FreshNames names, ChangeLog log) {
    BranchSharing sharing = new BranchSharing(names, log);
    equals(graph).forEach(sharing::share);
    return sharing.renamed.isEmpty() ? graph : GraphPath.rewrite(graph, sharing::edit);
  }

  /** Equal weights, each group in file order. */
  private static List<List<Place>> equals(Graph graph) {
    Map<DuplicateSharing.Key, List<List<Place>>> candidates = new LinkedHashMap<>();
    GraphPath.walk(
        graph,
        (path, inner) -> {
          Set<String> fixed = new HashSet<>();
          inner.inputs().stream().map(ValueInfo::name).forEach(fixed::add);
          inner.outputs().stream().map(ValueInfo::name).forEach(fixed::add);
          inner
              .initializers()
              .forEach((name, tensor) -> {
                if (tensor.byteSize() >= LEAST_BYTES && !fixed.contains(name)) {
                  List<List<Place>> alike =
                      candidates.computeIfAbsent(
                          DuplicateSharing.key(tensor), key -> new ArrayList<>());
                  join(alike, new Place(path, name, tensor));
                }
              });
        });
    return candidates.values().stream().flatMap(List::stream).toList();
  }

  private static void join(List<List<Place>> alike, Place place) {
    for (List<Place> group : alike) {
      if (group.getFirst().equal(place)) {
        group.add(place);
        return;
      }
    }
    alike.add(new ArrayList<>(List.of(place)));
  }

  private void share(List<Place> group) {
    if (group.stream().map(Place::path).distinct().count() < 2) {
      return;
    }
    GraphPath common = group.getFirst().path();
    for (Place place : group) {
      common = common.common(place.path());
    }
    String kept = "";
    for (Place place : group) {
      if (place.path().equals(common)) {
        kept = place.name();
        break;
      }
    }
    if (kept.isEmpty()) {
      kept = names.next(group.getFirst().name());
      added
          .computeIfAbsent(common, path -> new LinkedHashMap<>())
          .put(kept, group.getFirst().tensor());
    }
    for (Place place : group) {
      boolean stays = place.path().equals(common) && place.name().equals(kept);
      if (!stays) {
        renamed
            .computeIfAbsent(place.path(), path -> new LinkedHashMap<>())
            .put(place.name(), kept);
        log.add(List.of(place.path().key(place.name()), common.key(kept)), "");
      }
    }
  }

  private Graph edit(GraphPath path, Graph graph) {
    Map<String, String> here = renamed.getOrDefault(path, Map.of());
    Graph.Builder builder = graph.toBuilder().nodes(Renaming.apply(graph.nodes(), here));
    here.keySet().forEach(builder::removeInitializer);
    builder.valueInfos(
        graph.valueInfos().stream().filter(value -> !here.containsKey(value.name())).toList());
    added.getOrDefault(path, Map.of()).forEach(builder::initializer);
    return builder.build();
  }
}
