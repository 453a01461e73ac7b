package dev.swage.train.torch.program;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns a graph into steps over numbered slots, once, so that a run looks up no name. What depends
 * on constants only is computed on the way.
 */
public final class ProgramCompiler {
  /** What a model's graphs have in common. */
  private record Environment(OnnxModel model, Operators operators, Persistents persistents) {
    long opset(Node node) {
      return node.domain().isEmpty() || node.domain().equals("ai.onnx")
          ? model.opset()
          : model.opsets().getOrDefault(node.domain(), 1L);
    }
  }

  private final Environment environment;
  private final Graph graph;
  private final Map<String, Integer> slots = new HashMap<>();
  private final Map<String, Tensor> visible;
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private final List<Step> steps = new ArrayList<>();
  private final ElementTypes types;

  private ProgramCompiler(
      Environment environment, Graph graph, Map<String, Tensor> outer, ElementTypes types) {
    this.environment = environment;
    this.graph = graph;
    this.visible = new HashMap<>(outer);
    this.types = types;
    types.declared(graph);
  }

  /**
   * The main graph of a model without functions.
   *
   * @param variables initializers that are no constants: weights, running statistics
   * @param persistents takes the constants of graphs inside nodes
   */
  public static Program compile(
      OnnxModel model, Set<String> variables, Operators operators, Persistents persistents) {
    Environment environment = new Environment(model, operators, persistents);
    return new ProgramCompiler(environment, model.graph(), Map.of(), new ElementTypes())
        .compile(variables);
  }

  private Program compile(Set<String> variables) {
    graph
        .initializers()
        .forEach((name, value) -> {
          define(name);
          if (!variables.contains(name)) {
            constant(name, value);
          }
        });
    graph
        .feeds()
        .forEach(feed -> {
          visible.remove(feed.name());
          define(feed.name());
        });
    graph.nodes().forEach(this::add);
    List<Integer> outputs = slotsOf(graph.outputs());
    keepUsedConstants(outputs);
    return new Program(
        List.copyOf(steps), Map.copyOf(slots), constants, slotsOf(graph.feeds()), outputs);
  }

  private void keepUsedConstants(List<Integer> outputs) {
    Set<Integer> used = new java.util.HashSet<>(outputs);
    steps.forEach(step -> step.readSlots().forEach(used::add));
    constants.keySet().removeIf(name -> !used.contains(slots.get(name)));
  }

  private void constant(String name, Tensor value) {
    constants.put(name, value);
    visible.put(name, value);
  }

  private int define(String name) {
    int slot = slots.size();
    slots.put(name, slot);
    return slot;
  }

  private void add(Node node) {
    if (node.is("Constant")) {
      define(node.outputs().getFirst());
      Tensor value = constantValue(node);
      types.put(node.outputs().getFirst(), value.dtype());
      constant(node.outputs().getFirst(), value);
      return;
    }
    types.infer(node);
    List<Body> bodies = new ArrayList<>();
    NodeContext context =
        new NodeContext(
            node,
            environment.opset(node),
            visible,
            types::of,
            inner -> {
              Body body = body(inner);
              bodies.add(body);
              return body;
            });
    Operator operator = environment.operators().compile(context);
    int[] inputs = node.inputs().stream().mapToInt(name -> inputSlot(node, name)).toArray();
    int[] captures =
        bodies.stream()
            .flatMapToInt(body -> java.util.stream.IntStream.of(body.captures()))
            .toArray();
    node.outputs().forEach(visible::remove);
    int[] outputs =
        node.outputs().stream().mapToInt(name -> name.isEmpty() ? -1 : define(name)).toArray();
    Step step =
        new Step(
            node, operator, environment.operators().onHost(context), inputs, outputs, captures);
    Optional<List<Tensor>> known = ConstantStep.compute(step, visible);
    if (known.isPresent()) {
      known(node, known.get());
    } else {
      steps.add(step);
    }
  }

  private static Tensor constantValue(Node node) {
    return node.constantValue()
        .orElseThrow(() ->
            new OnnxException(
                "%s: holds no numbers, got attributes %s"
                    .formatted(node.describe(), node.attributes().keySet())));
  }

  private void known(Node node, List<Tensor> values) {
    int at = 0;
    for (String output : node.outputs()) {
      if (!output.isEmpty()) {
        constant(output, values.get(at++));
      }
    }
  }

  private Body body(Graph inner) {
    List<String> captured = GraphIndex.captures(inner).stream().filter(slots::containsKey).toList();
    ProgramCompiler compiler = new ProgramCompiler(environment, inner, visible, types.inside());
    captured.forEach(compiler::define);
    Program program = compiler.compile(Set.of());
    Value[] persistent = new Value[program.slots().size()];
    program
        .constants()
        .forEach((name, value) ->
            persistent[program.slot(name)] = environment.persistents().constant(value));
    return new Body(
        program,
        persistent,
        captured.stream().mapToInt(slots::get).toArray(),
        captured.stream().mapToInt(program::slot).toArray());
  }

  private int inputSlot(Node node, String name) {
    if (name.isEmpty()) {
      return -1;
    }
    Integer slot = slots.get(name);
    if (slot == null) {
      throw new OnnxException(
          "%s: reads '%s', which no input, initializer or earlier node gives"
              .formatted(node.describe(), name));
    }
    return slot;
  }

  private List<Integer> slotsOf(List<ValueInfo> values) {
    return values.stream()
        .map(value -> {
          Integer slot = slots.get(value.name());
          if (slot == null) {
            throw new OnnxException("graph output '" + value.name() + "' is given by no node");
          }
          return slot;
        })
        .toList();
  }
}
