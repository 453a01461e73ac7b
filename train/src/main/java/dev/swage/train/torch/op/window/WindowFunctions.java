package dev.swage.train.torch.op.window;

import dev.swage.tensor.Shape;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What signals are weighted with before and after a Fourier transform. */
final class WindowFunctions {
  private WindowFunctions() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("HannWindow", node -> window(node, 0.5, 0.5, 0));
    table.put("HammingWindow", node -> window(node, 25.0 / 46, 21.0 / 46, 0));
    table.put("BlackmanWindow", node -> window(node, 0.42, 0.5, 0.08));
    table.put("MelWeightMatrix", WindowFunctions::melWeights);
  }

  /** {@code a − b·cos(2πi/n) + c·cos(4πi/n)}. */
  private static Operator window(NodeContext node, double a, double b, double c) {
    boolean periodic = node.intAttribute("periodic", 1) != 0;
    ScalarType type = type(node);
    return call -> {
      int size = Math.toIntExact(call.longs(0)[0]);
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        double angle = 2 * Math.PI * i / (periodic ? size : size - 1);
        values[i] = (float) (a - b * Math.cos(angle) + c * Math.cos(2 * angle));
      }
      return uploaded(Shape.of(size), values, type);
    };
  }

  private static ScalarType type(NodeContext node) {
    long number = node.intAttribute("output_datatype", 1);
    return switch ((int) number) {
      case 1 -> ScalarType.Float;
      case 10 -> ScalarType.Half;
      case 11 -> ScalarType.Double;
      case 16 -> ScalarType.BFloat16;
      default -> throw node.unsupported("output_datatype " + number);
    };
  }

  private static Tensor uploaded(Shape shape, float[] values, ScalarType type) {
    return TensorBridge.upload(dev.swage.tensor.Tensor.ofFloats(shape, values)).to(type);
  }

  /** Triangles that are equally far from each other on the mel scale. */
  private static Operator melWeights(NodeContext node) {
    ScalarType type = type(node);
    return call -> {
      int bands = Math.toIntExact(call.longs(0)[0]);
      long length = call.longs(1)[0];
      int bins = Math.toIntExact(length / 2 + 1);
      long[] edges = edges(call, bands, length);
      float[] weights = new float[bins * bands];
      for (int band = 0; band < bands; band++) {
        for (int bin = 0; bin < bins; bin++) {
          weights[bin * bands + band] =
              triangle(bin, edges[band], edges[band + 1], edges[band + 2]);
        }
      }
      return uploaded(Shape.of(bins, bands), weights, type);
    };
  }

  /** The bins at which triangles begin, peak and end. */
  private static long[] edges(Call call, int bands, long length) {
    double rate = call.longs(2)[0];
    double low = mel(call.floats(3)[0]);
    double high = mel(call.floats(4)[0]);
    long[] edges = new long[bands + 2];
    for (int i = 0; i < edges.length; i++) {
      double mel = low + i * (high - low) / edges.length;
      double hertz = 700 * (Math.pow(10, mel / 2595) - 1);
      edges[i] = (long) Math.floor((length + 1) * hertz / rate);
    }
    return edges;
  }

  private static double mel(double hertz) {
    return 2595 * Math.log10(1 + hertz / 700);
  }

  private static float triangle(int bin, long begin, long peak, long end) {
    if (begin == peak && bin == peak) {
      return 1;
    }
    if (bin >= begin && bin <= peak && peak > begin) {
      return (float) (bin - begin) / (peak - begin);
    }
    return bin >= peak && bin < end ? (float) (end - bin) / (end - peak) : 0;
  }
}
