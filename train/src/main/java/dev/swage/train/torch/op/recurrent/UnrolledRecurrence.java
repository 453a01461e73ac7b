package dev.swage.train.torch.op.recurrent;

import dev.swage.train.torch.lib.TensorBridge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** A recurrent layer step by step, in all the forms ONNX defines. */
final class UnrolledRecurrence {
  private final RecurrentNode node;

  UnrolledRecurrence(RecurrentNode node) {
    this.node = node;
  }

  /** The states of one direction's cell. */
  private record State(Tensor hidden, Tensor cell) {}

  /** One direction's weights; the recurrent ones transposed. */
  private record Weights(
      Tensor recurrent, Optional<Tensor> recurrentBias, Optional<Tensor> peepholes) {}

  RecurrentOutputs run(RecurrentInputs in) {
    List<Tensor> sequences = new ArrayList<>();
    List<Tensor> hidden = new ArrayList<>();
    List<Tensor> cells = new ArrayList<>();
    for (int d = 0; d < node.directions().size(); d++) {
      Tensor[] steps = new Tensor[Math.toIntExact(in.x().size(0))];
      State last = direction(d, in, steps);
      sequences.add(stack(Arrays.asList(steps), 0));
      hidden.add(last.hidden());
      cells.add(last.cell());
    }
    return new RecurrentOutputs(stack(sequences, 1), stack(hidden, 0), stack(cells, 0));
  }

  private static Tensor stack(List<Tensor> tensors, long axis) {
    return torch.stack(new TensorVector(tensors.toArray(new Tensor[0])), axis);
  }

  private State direction(int d, RecurrentInputs in, Tensor[] steps) {
    long width = in.recurrent().size(1);
    Tensor projected = torch.matmul(in.x(), in.weight().select(0, d).t());
    Optional<Tensor> bias = in.bias().map(both -> both.select(0, d));
    if (bias.isPresent()) {
      projected = projected.add(bias.get().narrow(0, 0, width));
    }
    Weights weights =
        new Weights(
            in.recurrent().select(0, d).t(),
            bias.map(both -> both.narrow(0, width, width)),
            in.peepholes().map(all -> all.select(0, d)));
    State state = new State(in.hidden().select(0, d), in.cell().select(0, d));
    for (int i = 0; i < steps.length; i++) {
      int t = node.directions().get(d) ? steps.length - 1 - i : i;
      State next = step(d, projected.select(0, t), state, weights);
      steps[t] = next.hidden();
      if (in.lengths().isPresent()) {
        Tensor running = running(in.lengths().get(), t);
        steps[t] = next.hidden().mul(running);
        next =
            new State(
                torch.where(running, next.hidden(), state.hidden()),
                torch.where(running, next.cell(), state.cell()));
      }
      state = next;
    }
    return state;
  }

  /** Whether each sequence has a step {@code t}: {@code [batch, 1]}. */
  private static Tensor running(long[] lengths, int t) {
    long[] has = Arrays.stream(lengths).map(length -> t < length ? 1 : 0).toArray();
    return TensorBridge.ofLongs(has)
        .to(org.bytedeco.pytorch.global.torch.ScalarType.Bool)
        .unsqueeze(1);
  }

  private State step(int d, Tensor x, State state, Weights weights) {
    return switch (node.kind()) {
      case RNN -> rnn(d, x, state, weights);
      case GRU -> gru(d, x, state, weights);
      case LSTM -> lstm(d, x, state, weights);
    };
  }

  private static Tensor recurrent(Tensor hidden, Weights weights) {
    Tensor product = torch.mm(hidden, weights.recurrent());
    return weights.recurrentBias().isPresent()
        ? product.add(weights.recurrentBias().get())
        : product;
  }

  private State rnn(int d, Tensor x, State state, Weights weights) {
    Tensor hidden = node.function(d, 0).apply(x.add(recurrent(state.hidden(), weights)));
    return new State(hidden, hidden);
  }

  /** Gate number {@code index} of {@code [batch, gates·hidden]}, or of a bias. */
  private Tensor gate(Tensor all, int index) {
    long hidden = all.size(-1) / node.kind().gates();
    return all.narrow(-1, index * hidden, hidden);
  }

  private State gru(int d, Tensor x, State state, Weights weights) {
    UnaryOperator<Tensor> f = node.function(d, 0);
    UnaryOperator<Tensor> g = node.function(d, 1);
    Tensor h = state.hidden();
    Tensor all = recurrent(h, weights);
    Tensor z = f.apply(gate(x, 0).add(gate(all, 0)));
    Tensor r = f.apply(gate(x, 1).add(gate(all, 1)));
    Tensor candidate =
        node.linearBeforeReset() ? r.mul(gate(all, 2)) : afterReset(r.mul(h), weights);
    Tensor n = g.apply(gate(x, 2).add(candidate));
    Tensor hidden = n.add(z.mul(h.sub(n)));
    return new State(hidden, hidden);
  }

  private Tensor afterReset(Tensor reset, Weights weights) {
    Tensor product = torch.mm(reset, gate(weights.recurrent(), 2));
    return weights.recurrentBias().isPresent()
        ? product.add(gate(weights.recurrentBias().get(), 2))
        : product;
  }

  private State lstm(int d, Tensor x, State state, Weights weights) {
    UnaryOperator<Tensor> f = node.function(d, 0);
    Tensor all = x.add(recurrent(state.hidden(), weights));
    Tensor c = state.cell();
    Tensor input = f.apply(peep(gate(all, 0), 0, c, weights));
    Tensor forget =
        node.coupled()
            ? input.neg().add(new org.bytedeco.pytorch.Scalar(1f))
            : f.apply(peep(gate(all, 2), 2, c, weights));
    Tensor candidate = node.function(d, 1).apply(gate(all, 3));
    Tensor cell = forget.mul(c).add(input.mul(candidate));
    Tensor output = f.apply(peep(gate(all, 1), 1, cell, weights));
    return new State(output.mul(node.function(d, 2).apply(cell)), cell);
  }

  /** Peepholes come in the order input, output, forget, as the gates do. */
  private static Tensor peep(Tensor gate, int index, Tensor cell, Weights weights) {
    if (weights.peepholes().isEmpty()) {
      return gate;
    }
    Tensor all = weights.peepholes().get();
    long hidden = all.size(0) / 3;
    return gate.add(all.narrow(0, index * hidden, hidden).mul(cell));
  }
}
