package dev.swage.train.torch.op.recurrent;

import dev.swage.train.torch.lib.TensorBridge;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** A recurrent layer by libtorch's own kernels. */
final class FusedRecurrence {
  private final RecurrentNode node;

  FusedRecurrence(RecurrentNode node) {
    this.node = node;
  }

  RecurrentOutputs run(RecurrentInputs in) {
    boolean reverse = node.directions().size() == 1 && node.directions().getFirst();
    Tensor x = reverse ? in.x().flip(0) : in.x();
    RecurrentOutputs out = layer(x, in);
    return reverse ? new RecurrentOutputs(out.sequence().flip(0), out.hidden(), out.cell()) : out;
  }

  private RecurrentOutputs layer(Tensor x, RecurrentInputs in) {
    TensorVector weights = weights(in);
    boolean biases = in.bias().isPresent();
    boolean two = node.directions().size() == 2;
    boolean training = false; // concerns dropout between layers, of which there are none
    return switch (node.kind()) {
      case LSTM -> {
        TensorVector states = new TensorVector(in.hidden().contiguous(), in.cell().contiguous());
        T_TensorTensorTensor_T out =
            torch.lstm(x, states, weights, biases, 1, 0, needsGradient(), two, false);
        yield new RecurrentOutputs(byDirection(out.get0()), out.get1(), out.get2());
      }
      case GRU -> {
        T_TensorTensor_T out =
            torch.gru(x, in.hidden(), weights, biases, 1, 0, training, two, false);
        yield new RecurrentOutputs(byDirection(out.get0()), out.get1(), out.get1());
      }
      case RNN -> {
        T_TensorTensor_T out =
            node.isRelu()
                ? torch.rnn_relu(x, in.hidden(), weights, biases, 1, 0, training, two, false)
                : torch.rnn_tanh(x, in.hidden(), weights, biases, 1, 0, training, two, false);
        yield new RecurrentOutputs(byDirection(out.get0()), out.get1(), out.get1());
      }
    };
  }

  /** oneDNN's LSTM keeps what its backward pass needs only when told that it will be trained. */
  private static boolean needsGradient() {
    return GradMode.is_enabled();
  }

  /** {@code [steps, batch, directions·hidden]} as ONNX has it. */
  private Tensor byDirection(Tensor sequence) {
    long directions = node.directions().size();
    long hidden = sequence.size(2) / directions;
    return sequence
        .view(sequence.size(0), sequence.size(1), directions, hidden)
        .permute(0, 2, 1, 3);
  }

  /** Per direction: input weight, recurrent weight, and their biases. */
  private TensorVector weights(RecurrentInputs in) {
    Optional<Tensor> order = gateOrder();
    List<Tensor> all = new ArrayList<>();
    for (int d = 0; d < node.directions().size(); d++) {
      all.add(reorder(in.weight().select(0, d), order));
      all.add(reorder(in.recurrent().select(0, d), order));
      if (in.bias().isPresent()) {
        Tensor bias = in.bias().get().select(0, d);
        long half = bias.size(0) / 2;
        all.add(reorder(bias.narrow(0, 0, half), order));
        all.add(reorder(bias.narrow(0, half, half), order));
      }
    }
    return new TensorVector(all.toArray(new Tensor[0]));
  }

  /** Where libtorch's gates stand in ONNX's: LSTM i f g o in i o f c, GRU r z n in z r h. */
  private Optional<Tensor> gateOrder() {
    return switch (node.kind()) {
      case LSTM -> Optional.of(TensorBridge.ofLongs(0, 2, 3, 1));
      case GRU -> Optional.of(TensorBridge.ofLongs(1, 0, 2));
      case RNN -> Optional.empty();
    };
  }

  private Tensor reorder(Tensor gates, Optional<Tensor> order) {
    if (order.isEmpty()) {
      return gates;
    }
    long[] dims = TensorBridge.dims(gates);
    long count = node.kind().gates();
    return torch.index_select(gates.reshape(count, -1), 0, order.get()).reshape(dims);
  }
}
