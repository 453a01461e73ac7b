package dev.swage.compress;

import dev.swage.compress.calibrate.CalibrationListener;
import dev.swage.compress.search.SearchListener;
import dev.swage.compress.speed.MeasureListener;

/**
 * Who is told how far a quantization is.
 *
 * @param calibration of observing activations
 * @param measuring of timing nodes
 * @param search for the nodes to keep in floating point for accuracy
 */
public record QuantizeListeners(
    CalibrationListener calibration, MeasureListener measuring, SearchListener search) {
  /** Nobody. */
  public static final QuantizeListeners NONE =
      new QuantizeListeners(CalibrationListener.NONE, MeasureListener.NONE, SearchListener.NONE);
}
