package dev.swage.train.torch.op.norm;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Batch and layer normalization, and dropout: layers that differ in training. */
final class NormalizationOperators {
  private NormalizationOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("BatchNormalization", NormalizationOperators::batchNorm);
    table.put("LayerNormalization", NormalizationOperators::layerNorm);
    table.put("Dropout", NormalizationOperators::dropout);
  }

  /**
   * In training the batch's statistics normalise, and the running ones become {@code
   * running·momentum + batch·(1 − momentum)} with the population variance: ONNX's rule.
   */
  private static Operator batchNorm(NodeContext node) {
    float epsilon = node.floatAttribute("epsilon", 1e-5f);
    float momentum = node.floatAttribute("momentum", 0.9f);
    boolean always = node.intAttribute("training_mode", 0) != 0;
    return call -> {
      Tensor mean = call.in(3);
      Tensor variance = call.in(4);
      if (!call.training() && !always) {
        return normalise(call, mean, variance, new Statistics(false, epsilon));
      }
      long perChannel = call.in(0).numel() / call.in(0).size(1);
      if (perChannel < 2) {
        throw new OnnxException(
            "%s: needs more than one value per channel in training, got 1; use a larger batch"
                .formatted(node.node().describe()));
      }
      Tensor batchMean = torch.zeros_like(mean);
      Tensor batchVariance = torch.zeros_like(variance);
      Tensor y = normalise(call, batchMean, batchVariance, new Statistics(true, epsilon));
      try (AutoGradMode _ = new NoGradGuard()) {
        double population = (perChannel - 1.0) / perChannel; // libtorch gives the sample variance
        Tensor nextMean =
            mean.mul(new Scalar(momentum)).add_(batchMean, new Scalar(1.0 - momentum));
        Tensor nextVariance =
            variance
                .mul(new Scalar(momentum))
                .add_(batchVariance, new Scalar((1.0 - momentum) * population));
        if (call.training()) {
          mean.copy_(nextMean);
          variance.copy_(nextVariance);
        }
        call.put(1, nextMean);
        call.put(2, nextVariance);
      }
      return y;
    };
  }

  /** Whose statistics normalise. */
  private record Statistics(boolean batch, float epsilon) {}

  private static Tensor normalise(Call call, Tensor mean, Tensor variance, Statistics statistics) {
    double takeAll = 1; // of the batch's statistics into the fresh tensors
    return torch.batch_norm(
        call.in(0),
        new TensorOptional(call.in(1)),
        new TensorOptional(call.in(2)),
        new TensorOptional(mean),
        new TensorOptional(variance),
        statistics.batch(),
        takeAll,
        statistics.epsilon(),
        false);
  }

  private static Operator layerNorm(NodeContext node) {
    long axis = node.intAttribute("axis", -1);
    float epsilon = node.floatAttribute("epsilon", 1e-5f);
    return call -> {
      Tensor x = call.in(0);
      long[] dims = TensorBridge.dims(x);
      int first = Math.toIntExact(axis < 0 ? axis + dims.length : axis);
      long[] normalised = Arrays.copyOfRange(dims, first, dims.length);
      boolean direct = Arrays.equals(normalised, TensorBridge.dims(call.in(1)));
      T_TensorTensorTensor_T result =
          torch.native_layer_norm(
              x,
              normalised,
              direct ? new TensorOptional(call.in(1)) : new TensorOptional(),
              direct && call.has(2) ? new TensorOptional(call.in(2)) : new TensorOptional(),
              epsilon);
      call.put(1, result.get1());
      call.put(2, result.get2());
      if (direct) {
        return result.get0();
      }
      Tensor scaled = result.get0().mul(call.in(1));
      return call.has(2) ? scaled.add(call.in(2)) : scaled;
    };
  }

  /** Drops in training only; the ratio is an attribute before operator set 12, then an input. */
  private static Operator dropout(NodeContext node) {
    float attribute = node.floatAttribute("ratio", 0.5f);
    Optional<Float> constant = node.constant(1).map(value -> value.getFloat(0));
    return call -> {
      Tensor x = call.in(0);
      if (!call.training()) {
        if (call.wants(1)) {
          call.put(1, torch.ones_like(x.detach()).to(torch.ScalarType.Bool));
        }
        return x;
      }
      float given = call.has(1) && constant.isEmpty() ? call.in(1).item().toFloat() : attribute;
      float ratio = constant.orElse(given);
      if (!(ratio >= 0 && ratio < 1)) {
        throw new OnnxException(
            "%s: ratio must be in [0, 1), got %s".formatted(node.node().describe(), ratio));
      }
      Tensor mask = call.dropout().mask(x, ratio);
      if (call.wants(1)) {
        call.put(1, mask.gt(new Scalar(0f)));
      }
      return x.mul(mask);
    };
  }
}
