package dev.swage.compress.weights;

import dev.swage.compress.plan.WeightForm;
import dev.swage.onnx.op.WeightKind;
import dev.swage.quant.Granularity;
import dev.swage.tensor.Shape;

/**
 * In which layout the codes of a weight stand in the file, and along which of its axes scales lie.
 */
final class WeightForms {
  private WeightForms() {}

  /**
   * A layout, and the sharing of scales in it.
   *
   * @param granularity its axis counts in the layout
   */
  record Layout(Granularity granularity, WeightForm form) {}

  /** One scale for the whole weight. */
  static Layout perTensor(WeightKind kind) {
    return new Layout(Granularity.perTensor(), own(kind));
  }

  /** One scale for each output channel; for each in each direction of a recurrence. */
  static Layout perChannel(Shape shape, WeightKind kind) {
    if (kind == WeightKind.RECURRENT && shape.dim(0) > 1) {
      return new Layout(Granularity.perChannel(0), WeightForm.STACKED);
    }
    WeightForm form = own(kind);
    int axis = kind.channelAxis(shape.rank());
    return new Layout(
        Granularity.perChannel(form == WeightForm.TRANSPOSED ? 1 - axis : axis), form);
  }

  /** One scale for some inputs in a row of each output channel. */
  static Layout groups(Shape shape, WeightKind kind, int size) {
    return switch (kind) {
      case PRODUCT, PRODUCT_TRANSPOSED ->
          new Layout(Granularity.perGroup(shape.rank() - 2, size), own(kind));
      case RECURRENT -> new Layout(Granularity.perGroup(2, size), WeightForm.AS_IS);
      case TABLE -> new Layout(Granularity.perGroup(1, size), WeightForm.AS_IS);
      case CONVOLUTION, CONVOLUTION_TRANSPOSED, CONVOLUTION_TRANSPOSED_GROUPED ->
          new Layout(Granularity.perGroup(1, size), WeightForm.FLATTENED);
    };
  }

  /** One scale for each input. */
  static Layout perInput(Shape shape, WeightKind kind) {
    return new Layout(Granularity.perChannel(kind.inputAxis(shape.rank())), WeightForm.BY_INPUT);
  }

  private static WeightForm own(WeightKind kind) {
    return kind == WeightKind.PRODUCT_TRANSPOSED ? WeightForm.TRANSPOSED : WeightForm.AS_IS;
  }
}
