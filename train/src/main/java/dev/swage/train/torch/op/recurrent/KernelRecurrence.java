package dev.swage.train.torch.op.recurrent;

import dev.swage.kernel.Lstm;
import dev.swage.kernel.LstmRun;
import dev.swage.kernel.LstmSize;
import dev.swage.kernel.Simd;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.op.recurrent.RecurrentNode.Kind;
import dev.swage.train.torch.program.Backward;
import dev.swage.train.torch.program.Call;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An LSTM layer in training by Swage's own kernel, which spares libtorch's backward pass its many
 * small products. What inputs and biases add to the gates is one product over all steps, and
 * autograd's; the steps are {@link Lstm}'s, forward and backward; the recurrent weight's gradient
 * is one product over all steps.
 *
 * <p>For autograd the states are leaves, at which the loss's backward pass ends; the layer's own
 * backward pass goes on from there, {@link Call#deferBackward later}.
 */
final class KernelRecurrence {
  /** Beyond it the weight, which every eight sequences read at every step, leaves the caches. */
  private static final long WIDEST = 512;

  private final Call call;
  private final RecurrentNode node;
  private final RecurrentInputs in;
  private final long steps;
  private final long batch;
  private final long hidden;

  KernelRecurrence(RecurrentNode node, RecurrentInputs in, Call call) {
    this.call = call;
    this.node = node;
    this.in = in;
    this.steps = in.x().size(0);
    this.batch = in.x().size(1);
    this.hidden = in.recurrent().size(2);
  }

  /** Whether this run is to be differentiated, and the kernel is the fast way to do it. */
  static boolean suits(RecurrentNode node, RecurrentInputs in) {
    return node.kind() == Kind.LSTM
        && node.directions().size() == 1
        && GradMode.is_enabled()
        && in.x().scalar_type().intern() == ScalarType.Float
        && in.recurrent().size(2) <= WIDEST
        && Simd.available();
  }

  RecurrentOutputs run() {
    boolean reverse = node.directions().getFirst();
    Tensor gates = gates(reverse ? in.x().flip(0) : in.x());
    Tensor recurrent = in.recurrent().select(0, 0);
    Tensor firstHidden = in.hidden().select(0, 0);
    Tensor firstCell = in.cell().select(0, 0);
    Pass pass = new Pass(gates, recurrent, firstHidden, firstCell);
    call.deferBackward(pass::backward);
    Tensor sequence = pass.leaf.unsqueeze(1);
    return new RecurrentOutputs(
        reverse ? sequence.flip(0) : sequence,
        pass.leaf.select(0, steps - 1).unsqueeze(0),
        pass.lastCell.unsqueeze(0));
  }

  /** What goes into the gates without the recurrence: {@code [steps·batch, 4·hidden]}. */
  private Tensor gates(Tensor x) {
    Tensor flat = x.reshape(steps * batch, x.size(2));
    Tensor weight = in.weight().select(0, 0).t();
    if (in.bias().isEmpty()) {
      return torch.mm(flat, weight);
    }
    Tensor both = in.bias().get().select(0, 0);
    long width = 4 * hidden;
    return torch.addmm(both.narrow(0, 0, width).add(both.narrow(0, width, width)), flat, weight);
  }

  /** One way through the steps and back; the gates' memory holds their gradients in the end. */
  private final class Pass {
    private final Tensor gates;
    private final Tensor recurrent;
    private final Tensor firstHidden;
    private final Tensor firstCell;

    /** The state before each step, and after the last one: {@code [steps + 1, batch, hidden]}. */
    private final Tensor states = TensorBridge.empty(ScalarType.Float, steps + 1, batch, hidden);

    private final Tensor cells = TensorBridge.empty(ScalarType.Float, steps, batch, hidden);
    private final LstmRun run;
    private final Tensor leaf;
    private final Tensor lastCell;

    Pass(Tensor gates, Tensor recurrent, Tensor firstHidden, Tensor firstCell) {
      this.gates = gates;
      this.recurrent = recurrent;
      this.firstHidden = firstHidden;
      this.firstCell = firstCell;
      try (AutoGradMode _ = new NoGradGuard()) {
        states.select(0, 0).copy_(firstHidden);
        Tensor after = states.narrow(0, 1, steps);
        LstmSize size =
            new LstmSize(Math.toIntExact(steps), Math.toIntExact(batch), Math.toIntExact(hidden));
        this.run =
            new LstmRun(
                size,
                TensorBridge.floats(recurrent),
                TensorBridge.floats(states.select(0, 0)),
                TensorBridge.floats(firstCell),
                TensorBridge.floats(gates),
                TensorBridge.floats(after),
                TensorBridge.floats(cells));
        Lstm.forward(run);
        this.leaf = after.detach();
        this.lastCell = cells.select(0, steps - 1).clone();
      }
      leaf.set_requires_grad(true);
      lastCell.set_requires_grad(true);
    }

    void backward() {
      Tensor byStates = leaf.grad();
      Tensor byLastCell = lastCell.grad();
      if (!byStates.defined() && !byLastCell.defined()) {
        return;
      }
      try (AutoGradMode _ = new NoGradGuard()) {
        Tensor byHidden = TensorBridge.zeros(batch, hidden);
        Tensor byCell = TensorBridge.zeros(batch, hidden);
        if (byLastCell.defined()) {
          byCell.copy_(byLastCell);
        }
        Lstm.backward(
            run, orZeros(byStates), TensorBridge.floats(byHidden), TensorBridge.floats(byCell));
        Tensor byGates = gates.detach();
        Tensor before = states.narrow(0, 0, steps).reshape(steps * batch, hidden);
        if (recurrent.requires_grad()) {
          proceed(recurrent, torch.mm(byGates.t(), before));
        }
        proceed(firstHidden, byHidden);
        proceed(firstCell, byCell);
        proceed(gates, byGates);
      }
    }

    /** Goes on with the backward pass from a value with this gradient. */
    private static void proceed(Tensor value, Tensor gradient) {
      if (value.requires_grad()) {
        Backward.from(value, gradient);
      }
    }

    private MemorySegment orZeros(Tensor byStates) {
      return TensorBridge.floats(
          byStates.defined() ? byStates : TensorBridge.zeros(steps, batch, hidden));
    }
  }
}
