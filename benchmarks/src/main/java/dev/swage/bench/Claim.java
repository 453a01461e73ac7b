package dev.swage.bench;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A figure the project promises, and what this run found.
 *
 * @param what the figure in words
 * @param measured what this run found
 * @param bound whether the target is a floor or a ceiling
 * @param target the promised value
 */
public record Claim(String what, double measured, Bound bound, double target) {
  /** On which side of the target the figure must lie. */
  public enum Bound {
    AT_LEAST,
    AT_MOST
  }

  public static Claim atLeast(String what, double measured, double target) {
    return new Claim(what, measured, Bound.AT_LEAST, target);
  }

  public static Claim atMost(String what, double measured, double target) {
    return new Claim(what, measured, Bound.AT_MOST, target);
  }

  /** Whether the promise holds in this run; not for NaN. */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  public boolean met() {
    return switch (bound) {
      case AT_LEAST -> measured >= target;
      case AT_MOST -> measured <= target;
    };
  }
}
