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
  static Layout perTensor(WeightReading reading) {
    return new Layout(Granularity.perTensor(), own(reading));
  }

  /** One scale for each output channel; for each in each direction of a recurrence. */
  static Layout perChannel(Shape shape, WeightReading reading) {
    if (isStack(reading) && shape.dim(0) > 1) {
      return new Layout(Granularity.perChannel(0), WeightForm.STACKED);
    }
    WeightForm form = own(reading);
    int axis = reading.axes().channel();
    return new Layout(
        Granularity.perChannel(form == WeightForm.TRANSPOSED ? 1 - axis : axis), form);
  }

  /** One scale for some inputs in a row of each output channel. */
  static Layout groups(WeightReading reading, int size) {
    boolean filters = reading.kind().filter(WeightKind::isConvolution).isPresent();
    if (filters) {
      return new Layout(Granularity.perGroup(1, size), WeightForm.FLATTENED);
    }
    WeightForm form = own(reading);
    int axis = reading.axes().input();
    return new Layout(
        Granularity.perGroup(form == WeightForm.TRANSPOSED ? 1 - axis : axis, size), form);
  }

  private static boolean isStack(WeightReading reading) {
    return reading.is(WeightKind.RECURRENT) || reading.is(WeightKind.EXPERTS);
  }

  private static WeightForm own(WeightReading reading) {
    return reading.alone() && reading.is(WeightKind.PRODUCT_TRANSPOSED)
        ? WeightForm.TRANSPOSED
        : WeightForm.AS_IS;
  }
}
