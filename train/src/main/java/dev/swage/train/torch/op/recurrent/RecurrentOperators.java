package dev.swage.train.torch.op.recurrent;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.op.recurrent.RecurrentNode.Kind;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Recurrent layers. What libtorch's own layers can do runs on them, with the gates of ONNX's
 * weights put in libtorch's order by one differentiable gather; an LSTM that is trained runs on our
 * own kernel where that is faster; the rest is unrolled.
 */
public final class RecurrentOperators {
  private static final int LENGTHS = 4;
  private static final int PEEPHOLES = 7;

  private RecurrentOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    for (Kind kind : Kind.values()) {
      table.put(kind.name(), node -> operator(RecurrentNode.of(kind, node)));
    }
  }

  private static Operator operator(RecurrentNode node) {
    return call -> {
      RecurrentInputs inputs = inputs(node, call);
      return put(node, run(node, inputs, call), call);
    };
  }

  private static RecurrentOutputs run(RecurrentNode node, RecurrentInputs inputs, Call call) {
    boolean plain =
        node.isLibtorchs() && inputs.lengths().isEmpty() && inputs.peepholes().isEmpty();
    if (!plain) {
      return new UnrolledRecurrence(node).run(inputs);
    }
    return KernelRecurrence.suits(node, inputs)
        ? new KernelRecurrence(node, inputs, call).run()
        : new FusedRecurrence(node).run(inputs);
  }

  private static RecurrentInputs inputs(RecurrentNode node, Call call) {
    Tensor x = node.batchFirst() ? call.in(0).transpose(0, 1) : call.in(0);
    Tensor weight = call.in(1);
    Tensor recurrent = call.in(2);
    long hidden = recurrent.size(2);
    long[] state = {node.directions().size(), x.size(1), hidden};
    boolean lstm = node.kind() == Kind.LSTM;
    return new RecurrentInputs(
        x,
        weight,
        recurrent,
        optional(call, 3),
        lengths(call, x.size(0)),
        state(node, call, 5, state),
        lstm ? state(node, call, 6, state) : state(node, call, -1, state),
        lstm ? optional(call, PEEPHOLES) : java.util.Optional.empty());
  }

  private static java.util.Optional<Tensor> optional(Call call, int input) {
    return call.has(input) ? java.util.Optional.of(call.in(input)) : java.util.Optional.empty();
  }

  /** Lengths that are all the whole sequence say nothing. */
  private static java.util.Optional<long[]> lengths(Call call, long steps) {
    return optional(call, LENGTHS)
        .map(TensorBridge::longs)
        .filter(lengths -> Arrays.stream(lengths).anyMatch(length -> length != steps));
  }

  /** The initial state {@code [directions, batch, hidden]}, zero unless given. */
  private static Tensor state(RecurrentNode node, Call call, int input, long[] dims) {
    if (input < 0 || !call.has(input)) {
      return torch.zeros(dims, new TensorOptions(call.in(0).scalar_type()));
    }
    return node.batchFirst() ? call.in(input).transpose(0, 1) : call.in(input);
  }

  private static Tensor put(RecurrentNode node, RecurrentOutputs outputs, Call call) {
    boolean swap = node.batchFirst();
    call.put(1, swap ? outputs.hidden().transpose(0, 1) : outputs.hidden());
    if (node.kind() == Kind.LSTM) {
      call.put(2, swap ? outputs.cell().transpose(0, 1) : outputs.cell());
    }
    return swap ? outputs.sequence().permute(2, 0, 1, 3) : outputs.sequence();
  }
}
