package dev.swage.run;

import dev.swage.files.WorkFolder;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/** The graph that ONNX Runtime makes of a model and runs. */
public final class OptimizedGraph {
  private OptimizedGraph() {}

  /**
   * Has ONNX Runtime optimize a file, and reads off it what {@code reading} wants; the graph's
   * weights are not there any more after that.
   *
   * @throws RunException if it cannot load the file
   * @throws IOException if there is no room for what it makes of it
   */
  public static <T> T read(Path file, Function<Graph, T> reading) throws IOException {
    try (WorkFolder folder = WorkFolder.temporary()) {
      Path optimized = folder.path().resolve("optimized.onnx");
      ModelSession.open(file, SessionOptions.defaults().withOptimizedModel(optimized)).close();
      return reading.apply(OnnxReader.read(optimized).graph());
    }
  }
}
