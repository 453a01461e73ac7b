package dev.swage.compress.calibrate;

/** A model that cannot be observed, or a calibration file that cannot be used: one line. */
public class CalibrationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CalibrationException(String message) {
    super(message);
  }

  public CalibrationException(String message, Throwable cause) {
    super(message, cause);
  }
}
