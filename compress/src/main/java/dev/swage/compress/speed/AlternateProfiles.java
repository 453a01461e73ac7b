package dev.swage.compress.speed;

import dev.swage.onnx.OnnxModel;
import dev.swage.run.time.NodeProfile;
import dev.swage.run.time.NodeProfiler;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Profiles of models that were run in turn, so that whatever else the machine does hits all. */
final class AlternateProfiles {
  private static final int WARMUP = 2;
  private static final int FEWEST = 6;
  private static final int MOST = 400;

  /** A node's entry in a profile takes about a kilobyte. */
  private static final int MOST_ENTRIES = 40_000;

  private AlternateProfiles() {}

  /** One profile for each model, in their order. */
  static List<NodeProfile> of(List<OnnxModel> models, List<Tensor> sample, Duration budget) {
    List<NodeProfiler> profilers = new ArrayList<>();
    try {
      int nodes = 1;
      for (OnnxModel model : models) {
        NodeProfiler profiler = NodeProfiler.open("the model", model, sample);
        profilers.add(profiler);
        nodes = Math.max(nodes, profiler.nodes());
      }
      int most = WARMUP + Math.clamp(MOST_ENTRIES / nodes, FEWEST, MOST);
      long begin = System.nanoTime();
      for (int i = 0; i < WARMUP + FEWEST || (i < most && left(begin, budget)); i++) {
        profilers.forEach(NodeProfiler::run);
      }
      return profilers.stream().map(profiler -> profiler.finish(WARMUP)).toList();
    } finally {
      profilers.forEach(NodeProfiler::close);
    }
  }

  private static boolean left(long begin, Duration budget) {
    return System.nanoTime() - begin < budget.toNanos();
  }
}
