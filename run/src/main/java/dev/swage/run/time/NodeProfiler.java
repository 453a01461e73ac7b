package dev.swage.run.time;

import dev.swage.files.WorkFolder;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.run.BoundInputs;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SessionOptions;
import dev.swage.run.time.NodeProfile.TimedNode;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs a model and times its nodes one by one. The clock of ONNX Runtime's profiler runs round the
 * kernels; writing down what it shows takes some microseconds a node between them, so that whole
 * runs take longer than without.
 *
 * <p>Costs a copy of the model, and of the model that ONNX Runtime makes of it, in a temporary
 * folder until it is closed. For one thread.
 */
public final class NodeProfiler implements AutoCloseable {
  private final String name;
  private final WorkFolder folder;
  private final ModelSession session;
  private final BoundInputs inputs;
  private final List<Node> nodes;
  private int runs;

  private NodeProfiler(String name, WorkFolder folder, OnnxModel model, List<Tensor> sample)
      throws IOException {
    this.name = name;
    this.folder = folder;
    Path file = folder.path().resolve("model.onnx");
    Path optimized = folder.path().resolve("optimized.onnx");
    OnnxWriter.write(model, file);
    this.session =
        ModelSession.open(
            name,
            file,
            SessionOptions.defaults()
                .withOptimizedModel(optimized)
                .withProfile(folder.path().resolve("profile")));
    try {
      this.nodes = OnnxReader.read(optimized).graph().nodes();
      this.inputs = session.bind(sample);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * Opens a model to be run on one sample.
   *
   * @param name what to call it in errors
   * @throws RunException if ONNX Runtime cannot load it, or the sample is not what it wants
   */
  public static NodeProfiler open(String name, OnnxModel model, List<Tensor> sample) {
    try {
      WorkFolder folder = WorkFolder.temporary();
      try {
        return new NodeProfiler(name, folder, model, sample);
      } catch (IOException | RuntimeException e) {
        folder.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the model once; milliseconds of the whole run, with what profiling costs. */
  public double run() {
    runs++;
    return session.time(inputs) / 1e6;
  }

  /** How many nodes the graph has that ONNX Runtime made of the model. */
  public int nodes() {
    return nodes.size();
  }

  /**
   * The times of the nodes over the runs so far; nothing can be run after it.
   *
   * @param warmup how many of the first runs are left out
   * @throws IllegalArgumentException if there were no more runs than that
   */
  public NodeProfile finish(int warmup) {
    if (runs <= warmup) {
      throw new IllegalArgumentException(
          "%s: %d runs leave none after %d to warm up".formatted(name, runs, warmup));
    }
    try {
      Map<String, Double> millis = ProfileReader.millis(session.endProfile(), warmup);
      List<TimedNode> timed = new ArrayList<>();
      for (Node node : nodes) {
        timed.add(new TimedNode(node, millis.getOrDefault(node.name(), 0.0)));
      }
      return new NodeProfile(timed, runs - warmup);
    } catch (IOException e) {
      throw new RunException(
          "%s: the profile that ONNX Runtime wrote cannot be read: %s"
              .formatted(name, e.getMessage()),
          e);
    }
  }

  @Override
  public void close() {
    inputs.close();
    session.close();
    try {
      folder.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
