package dev.swage.train.torch.op.resize;

/**
 * What becomes of one axis.
 *
 * @param size elements it has
 * @param resized elements it gets
 * @param scale how many times as long it becomes, before rounding
 * @param start where the region of interest begins, as a part of the axis, and {@code end} where it
 *     ends; only cropping modes have one
 */
record AxisResize(long size, long resized, float scale, float start, float end) {
  boolean isIdentity() {
    return size == resized && scale == 1;
  }
}
