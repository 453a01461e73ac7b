package dev.swage.range;

/** A way to keep a weight's values together while it is trained. A value. */
public sealed interface RangeControl permits WeightClip, RangePenalty {
  /** In words, as {@code weight clip 3 sigma}. */
  String describe();
}
