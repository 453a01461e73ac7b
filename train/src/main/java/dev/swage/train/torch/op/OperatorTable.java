package dev.swage.train.torch.op;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.op.attention.AttentionOperators;
import dev.swage.train.torch.op.control.ControlOperators;
import dev.swage.train.torch.op.host.HostOperators;
import dev.swage.train.torch.op.math.MathOperators;
import dev.swage.train.torch.op.move.MoveOperators;
import dev.swage.train.torch.op.norm.NormOperators;
import dev.swage.train.torch.op.quantize.QuantizeOperators;
import dev.swage.train.torch.op.recurrent.RecurrentOperators;
import dev.swage.train.torch.op.window.WindowOperators;
import dev.swage.train.torch.program.HostOperator;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import dev.swage.train.torch.program.Operators;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operators that can be executed: those of ONNX's own domain by name, those of others as {@code
 * domain:name}.
 */
public final class OperatorTable implements Operators {
  private static final Map<String, Operator.Factory> FACTORIES = new HashMap<>();
  private static final Map<String, Function<NodeContext, HostOperator>> ON_HOST = new HashMap<>();

  static {
    MathOperators.addTo(FACTORIES);
    NormOperators.addTo(FACTORIES);
    WindowOperators.addTo(FACTORIES);
    MoveOperators.addTo(FACTORIES);
    ControlOperators.addTo(FACTORIES);
    QuantizeOperators.addTo(FACTORIES);
    AttentionOperators.addTo(FACTORIES);
    RecurrentOperators.addTo(FACTORIES);
    HostOperators.addTo(ON_HOST);
  }

  /** Names of the operators in the table; constants are folded before and are not among them. */
  public static Set<String> names() {
    return Collections.unmodifiableSet(new TreeSet<>(FACTORIES.keySet()));
  }

  private static String key(Node node) {
    return node.is(node.opType()) ? node.opType() : node.domain() + ":" + node.opType();
  }

  @Override
  public Operator compile(NodeContext context) {
    Node node = context.node();
    Operator.@Nullable Factory factory = FACTORIES.get(key(node));
    if (factory == null) {
      throw new OnnxException(
          "node '%s': operator %s of domain '%s', opset %d cannot be run here; `swage operators` lists those that can"
              .formatted(
                  node.name().isEmpty() ? String.join(",", node.outputs()) : node.name(),
                  node.opType(),
                  node.domain().isEmpty() ? "ai.onnx" : node.domain(),
                  context.opset()));
    }
    return factory.compile(context);
  }

  @Override
  public Optional<HostOperator> onHost(NodeContext context) {
    return Optional.ofNullable(ON_HOST.get(key(context.node())))
        .map(factory -> factory.apply(context));
  }
}
