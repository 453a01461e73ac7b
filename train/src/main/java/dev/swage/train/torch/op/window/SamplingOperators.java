package dev.swage.train.torch.op.window;

import dev.swage.train.torch.op.math.Widely;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Sampling of images and volumes at given places. */
final class SamplingOperators {
  private SamplingOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("GridSample", SamplingOperators::gridSample);
    table.put("AffineGrid", SamplingOperators::affineGrid);
  }

  private static Operator gridSample(NodeContext node) {
    long interpolation =
        switch (node.stringAttribute("mode", "linear")) {
          case "linear", "bilinear" -> 0;
          case "nearest" -> 1;
          case "cubic", "bicubic" -> 2;
          default -> throw node.unsupported("mode '" + node.stringAttribute("mode", "") + "'");
        };
    long padding =
        switch (node.stringAttribute("padding_mode", "zeros")) {
          case "zeros" -> 0;
          case "border" -> 1;
          case "reflection" -> 2;
          default ->
              throw node.unsupported(
                  "padding_mode '" + node.stringAttribute("padding_mode", "") + "'");
        };
    boolean corners = node.intAttribute("align_corners", 0) != 0;
    return call -> {
      Tensor grid = Widely.widened(call.in(1));
      return Widely.compute(
          call.in(0), x -> torch.grid_sampler(x, grid, interpolation, padding, corners));
    };
  }

  private static Operator affineGrid(NodeContext node) {
    boolean corners = node.intAttribute("align_corners", 0) != 0;
    return call ->
        Widely.compute(call.in(0), x -> torch.affine_grid_generator(x, call.longs(1), corners));
  }
}
