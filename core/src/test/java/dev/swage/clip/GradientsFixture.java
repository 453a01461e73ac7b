package dev.swage.clip;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Gradients from arrays, and slow references for what is measured on them. */
final class GradientsFixture {
  private GradientsFixture() {}

  /** Tensors named {@code layer.index} after the two names given for each. */
  static Gradients of(float[]... tensors) {
    List<Gradients.Entry> entries = new ArrayList<>();
    for (int i = 0; i < tensors.length; i++) {
      // Two tensors to a layer: dense0.0, dense0.1, dense1.2, …
      String layer = "dense" + i / 2;
      entries.add(
          new Gradients.Entry(
              ParameterInfo.of(layer + "." + i, layer, Shape.of(tensors[i].length)),
              MemorySegment.ofArray(tensors[i].clone()),
              MemorySegment.ofArray(new float[tensors[i].length])));
    }
    return Gradients.of(entries);
  }

  static float[] floats(Gradients gradients, int index) {
    return gradients.get(index).data().toArray(Tensor.LE_FLOAT);
  }

  /** The gradients after a clipper's decision at step 0, in memory of their own. */
  static Gradients clip(Gradients gradients, GradientClipper clipper) {
    Gradients copy = copy(gradients);
    copy.apply(clipper.decide(gradients, ClipStep.of(0)));
    return copy;
  }

  static Gradients copy(Gradients gradients) {
    float[][] tensors = new float[gradients.size()][];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = floats(gradients, i);
    }
    return of(tensors);
  }

  static List<NormOrder> orders() {
    return List.of(NormOrder.L1, NormOrder.L2, NormOrder.MAX, NormOrder.of(3), NormOrder.of(1.5));
  }

  static double norm(NormOrder order, float[]... tensors) {
    double max = 0;
    for (float[] tensor : tensors) {
      for (float value : tensor) {
        max = Math.max(max, Math.abs(value));
      }
    }
    if (order.equals(NormOrder.MAX) || max == 0) {
      return max;
    }
    double sum = 0;
    for (float[] tensor : tensors) {
      for (float value : tensor) {
        sum += Math.pow(Math.abs(value) / max, order.p());
      }
    }
    return max * Math.pow(sum, 1 / order.p());
  }

  static double norm(NormOrder order, Gradients gradients) {
    float[][] tensors = new float[gradients.size()][];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = floats(gradients, i);
    }
    return norm(order, tensors);
  }
}
