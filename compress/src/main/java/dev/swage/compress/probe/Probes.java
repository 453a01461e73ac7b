package dev.swage.compress.probe;

import java.util.List;

/**
 * What the random inputs of a proof are, and what they cannot show.
 *
 * @param described how they were drawn, in words, as {@code values of mean 0 and variance 1}
 * @param unvaried outputs that hardly differ from one input to the next: by less than {@link
 *     #VARIES} of their size. What is measured of them proves nothing
 */
public record Probes(String described, List<String> unvaried) {
  /**
   * Rounding to codes makes errors of about a hundredth (40 dB): where an output moves by less, the
   * same signal to noise ratio is measured whether it still moves or not.
   */
  public static final double VARIES = 0.01;

  public Probes {
    unvaried = List.copyOf(unvaried);
  }
}
