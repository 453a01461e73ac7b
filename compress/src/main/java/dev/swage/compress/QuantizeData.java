package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.data.DataSource;
import java.util.Optional;

/**
 * What a model is quantized with.
 *
 * @param samples inputs to calibrate on, where ranges are fixed ahead, and to prove the result on
 * @param observed activations observed before, which calibrate in place of the samples
 */
public record QuantizeData(Optional<DataSource> samples, Optional<Calibration> observed) {
  /** Neither: for modes that need no data; the result is proven on seeded random inputs. */
  public static QuantizeData none() {
    return new QuantizeData(Optional.empty(), Optional.empty());
  }

  public static QuantizeData of(DataSource samples) {
    return new QuantizeData(Optional.of(samples), Optional.empty());
  }

  public QuantizeData withObserved(Calibration calibration) {
    return new QuantizeData(samples, Optional.of(calibration));
  }
}
