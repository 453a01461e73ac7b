package dev.swage.train.torch.op.norm;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.op.math.Widely;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Normalization over the last axes of each sample: by mean and deviation, or by the mean square.
 */
final class LayerNormalizations {
  private LayerNormalizations() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("LayerNormalization", LayerNormalizations::layerNorm);
    table.put("RMSNormalization", LayerNormalizations::rmsNorm);
    table.put("SimplifiedLayerNormalization", LayerNormalizations::rmsNorm);
    table.put("com.microsoft:SimplifiedLayerNormalization", LayerNormalizations::rmsNorm);
    table.put("com.microsoft:SkipLayerNormalization", LayerNormalizations::skipLayerNorm);
    table.put("com.microsoft:SkipSimplifiedLayerNormalization", LayerNormalizations::skipRmsNorm);
  }

  /** The sizes of the axes from {@code axis} on. */
  private static long[] normalised(Tensor x, long axis) {
    long[] dims = TensorBridge.dims(x);
    return Arrays.copyOfRange(
        dims, Math.toIntExact(axis < 0 ? axis + dims.length : axis), dims.length);
  }

  private static Operator layerNorm(NodeContext node) {
    long axis = node.intAttribute("axis", -1);
    float epsilon = node.floatAttribute("epsilon", 1e-5f);
    boolean inFloat32 = node.intAttribute("stash_type", 1) == 1;
    return call -> {
      Tensor scale = call.in(1);
      long[] dims = normalised(call.in(0), axis);
      boolean direct = Arrays.equals(dims, TensorBridge.dims(scale));
      TensorOptional weight = direct ? new TensorOptional(scale) : new TensorOptional();
      TensorOptional bias =
          direct && call.has(2) ? new TensorOptional(call.in(2)) : new TensorOptional();
      Tensor y =
          layerNorm(call, call.in(0), dims, new Parameters(weight, bias, epsilon, inFloat32));
      if (direct) {
        return y;
      }
      Tensor scaled = y.mul(scale);
      return call.has(2) ? scaled.add(call.in(2)) : scaled;
    };
  }

  /**
   * @param inFloat32 whether statistics of 16-bit floats are given in float32
   */
  private record Parameters(
      TensorOptional weight, TensorOptional bias, float epsilon, boolean inFloat32) {}

  /** With the mean and the inverse deviation as outputs 1 and 2, where they are wanted. */
  private static Tensor layerNorm(Call call, Tensor x, long[] dims, Parameters p) {
    if (call.wants(1) || call.wants(2)) {
      putStatistics(call, x, dims.length, p);
    }
    try (T_TensorTensorTensor_T result =
        torch.native_layer_norm(x, dims, p.weight(), p.bias(), p.epsilon())) {
      return new Tensor(result.get0()); // the tuple's own handle is given up here
    }
  }

  /** Computed apart, since libtorch takes no gradient from those of its own kernel. */
  private static void putStatistics(Call call, Tensor x, int normalised, Parameters p) {
    Tensor wide = p.inFloat32() ? Widely.widened(x) : x;
    long[] axes = lastAxes(normalised);
    Tensor mean = torch.mean(wide, axes, true, new ScalarTypeOptional());
    Tensor centred = wide.sub(mean);
    Tensor variance = torch.mean(centred.mul(centred), axes, true, new ScalarTypeOptional());
    call.put(1, mean);
    call.put(2, torch.rsqrt(variance.add(new Scalar(p.epsilon()))));
  }

  private static long[] lastAxes(int count) {
    long[] axes = new long[count];
    Arrays.setAll(axes, i -> i - count);
    return axes;
  }

  private static Operator rmsNorm(NodeContext node) {
    long axis = node.intAttribute("axis", -1);
    float epsilon = node.floatAttribute("epsilon", 1e-5f);
    return call -> rmsNorm(call, call.in(0), call.in(1), new Rms(axis, epsilon, 1));
  }

  /**
   * @param inverse the output that is given {@code 1 / rms}
   */
  private record Rms(long axis, float epsilon, int inverse) {}

  /** {@code x / sqrt(mean(x²) + epsilon) · scale}; 16-bit floats are computed in float32. */
  private static Tensor rmsNorm(Call call, Tensor x, Tensor scale, Rms rms) {
    Tensor wide = Widely.widened(x);
    long[] axes = lastAxes(normalised(x, rms.axis()).length);
    Tensor square = torch.mean(wide.mul(wide), axes, true, new ScalarTypeOptional());
    Tensor inverse = torch.rsqrt(square.add(new Scalar(rms.epsilon())));
    call.put(rms.inverse(), inverse);
    return wide.mul(inverse).to(x.scalar_type()).mul(scale);
  }

  /** The sum of input, skip and bias is normalized, and is output 3. */
  private static Operator skipLayerNorm(NodeContext node) {
    float epsilon = node.floatAttribute("epsilon", 1e-12f);
    return call -> {
      Tensor sum = skipped(call, 4);
      TensorOptional beta = call.has(3) ? new TensorOptional(call.in(3)) : new TensorOptional();
      Parameters p = new Parameters(new TensorOptional(call.in(2)), beta, epsilon, true);
      return layerNorm(call, sum, normalised(sum, -1), p);
    };
  }

  private static Operator skipRmsNorm(NodeContext node) {
    float epsilon = node.floatAttribute("epsilon", 1e-5f);
    return call -> rmsNorm(call, skipped(call, 3), call.in(2), new Rms(-1, epsilon, 2));
  }

  private static Tensor skipped(Call call, int bias) {
    Tensor sum = call.in(0).add(call.in(1));
    Tensor biased = call.has(bias) ? sum.add(call.in(bias)) : sum;
    call.put(3, biased);
    return biased;
  }
}
