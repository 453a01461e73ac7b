package dev.swage.onnx.layer;

import java.util.Optional;

/**
 * A convolution: its weight has shape {@code [filters, channels/groups, kernel...]}.
 *
 * @param filters output channels
 * @param window kernel, stride, dilation and padding
 * @param groups blocks of channels convolved apart; the number of channels for a depthwise one
 * @param bias whether a bias per filter is added
 * @param init how the weight is drawn; empty for the network's choice
 */
public record Conv(
    int filters, Window window, int groups, boolean bias, Optional<WeightInit> init) {
  public Conv {
    if (filters < 1) {
      throw new IllegalArgumentException("filters must be at least 1, got " + filters);
    }
    if (groups < 1 || filters % groups != 0) {
      throw new IllegalArgumentException(
          "groups must divide the %d filters, got %d".formatted(filters, groups));
    }
  }

  /** Stride 1, no padding, one group, with bias; one kernel extent, or one per axis. */
  public static Conv of(int filters, int... kernel) {
    return new Conv(filters, Window.of(kernel), 1, true, Optional.empty());
  }

  public Conv stride(int... stride) {
    return with(window.stride(stride));
  }

  public Conv dilation(int... dilation) {
    return with(window.dilation(dilation));
  }

  /** Zeros before and after each spatial axis. */
  public Conv padding(int... zeros) {
    return with(window.padding(zeros));
  }

  /** Pads so that stride 1 keeps the size. */
  public Conv same() {
    return with(window.same());
  }

  private Conv with(Window newWindow) {
    return new Conv(filters, newWindow, groups, bias, init);
  }

  public Conv groups(int count) {
    return new Conv(filters, window, count, bias, init);
  }

  /** Leaves the bias out, as before a batch norm that has its own. */
  public Conv withoutBias() {
    return new Conv(filters, window, groups, false, init);
  }

  public Conv init(WeightInit choice) {
    return new Conv(filters, window, groups, bias, Optional.of(choice));
  }
}
