package dev.swage.train.torch.program;

import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.HeldTypes;
import dev.swage.train.torch.lib.TensorBridge;
import org.jspecify.annotations.Nullable;

/**
 * A value of a run: in libtorch, on the host, or both. Shapes, axes and indices stay on the host,
 * so that arithmetic on them never crosses into libtorch.
 */
public final class Value {
  /** Larger tensors are libtorch's alone. */
  public static final long LARGEST_ON_HOST = 256;

  private final @Nullable Tensor host;
  private final org.bytedeco.pytorch.@Nullable Tensor torch;

  private Value(@Nullable Tensor host, org.bytedeco.pytorch.@Nullable Tensor torch) {
    this.host = host;
    this.torch = torch;
  }

  public static Value of(org.bytedeco.pytorch.Tensor torch) {
    return new Value(null, torch);
  }

  /** A small tensor of the host. */
  public static Value ofHost(Tensor host) {
    return new Value(host, null);
  }

  /** What is in both places. */
  public static Value of(Tensor host, org.bytedeco.pytorch.Tensor torch) {
    return new Value(isSmall(host) ? host : null, torch);
  }

  /** Whether a tensor of the host is worth to be kept there. */
  public static boolean isSmall(Tensor host) {
    return host.shape().elements() <= LARGEST_ON_HOST;
  }

  public boolean isOnHost() {
    return host != null;
  }

  /** On the host, brought there if it is not: without its gradient. */
  public Tensor host() {
    return host != null ? host : TensorBridge.download(java.util.Objects.requireNonNull(torch));
  }

  /** The same as this element type, which libtorch may hold in another one. */
  public Tensor host(DType as) {
    return HeldTypes.narrow(host(), as);
  }

  /** In libtorch, brought there if it is not: for as long as the scope that is open. */
  public org.bytedeco.pytorch.Tensor torch() {
    return torch != null ? torch : TensorBridge.upload(java.util.Objects.requireNonNull(host));
  }

  public long[] dims() {
    return host != null ? host.shape().toArray() : TensorBridge.dims(torch());
  }

  /** Whether it is this very handle. */
  @SuppressWarnings("ReferenceEquality") // two handles of one tensor are given up separately
  boolean is(org.bytedeco.pytorch.Tensor tensor) {
    return torch == tensor;
  }

  /** The element type, where it is on the host. */
  DType hostType() {
    return java.util.Objects.requireNonNull(host).dtype();
  }

  /**
   * With a handle of its own in the scope that is open, for that of a frame goes with the frame.
   */
  Value kept() {
    return torch == null ? this : new Value(host, new org.bytedeco.pytorch.Tensor(torch));
  }

  /** Gives up the handle of libtorch's tensor; autograd keeps what it needs of its own. */
  void release() {
    if (torch != null) {
      torch.releaseReference();
    }
  }
}
