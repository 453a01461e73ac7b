package dev.swage.clip;

import java.util.Map;

/**
 * A bound on the global L2 norm that is learnt from earlier norms. Norms given to it are finite.
 */
interface AdaptiveThreshold {
  /** As records name it. */
  String method();

  /** Method and settings in words. */
  String describe();

  /** The bound for a step with this norm, which is learnt from; +∞ for none. */
  double next(double norm);

  /** What is remembered. */
  Map<String, double[]> state();

  /** Checks keys and sizes before anything is changed. */
  void restore(ClipState state);

  void reset();
}
