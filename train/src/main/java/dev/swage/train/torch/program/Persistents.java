package dev.swage.train.torch.program;

import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.PointerScope;

/** Tensors in libtorch that outlive a run: weights, running statistics, constants. */
public final class Persistents implements AutoCloseable {
  /** Counted here, since JavaCPP counts nothing where its garbage collection is off. */
  private static final AtomicLong LIVE = new AtomicLong();

  private final List<org.bytedeco.pytorch.Tensor> tensors = new ArrayList<>();

  /** A copy of a tensor of the host, in libtorch until this is closed. */
  public org.bytedeco.pytorch.Tensor upload(Tensor host) {
    try (PointerScope _ = new PointerScope()) {
      org.bytedeco.pytorch.Tensor tensor = TensorBridge.upload(host).retainReference();
      tensors.add(tensor);
      LIVE.incrementAndGet(); // it outlives the scope
      return tensor;
    }
  }

  /** The same, known on the host too where it is small. */
  public Value constant(Tensor host) {
    return Value.of(host, upload(host));
  }

  /** How many tensors are held in this process that are not closed. */
  public static long live() {
    return LIVE.get();
  }

  @Override
  public void close() {
    tensors.forEach(org.bytedeco.pytorch.Tensor::releaseReference);
    LIVE.addAndGet(-tensors.size());
    tensors.clear();
  }
}
