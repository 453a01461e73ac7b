package dev.swage.graph.integer;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Replacements;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Gather that reorders the channels of a Conv, with or without clipping between, goes into the
 * Conv: its filters are reordered. Filters in groups then no longer lie beside the others of their
 * group, so such a Conv becomes one without groups, whose filters are zero for channels of other
 * groups: as many times more multiplications as there were groups, which integer kernels for whole
 * matrices take no longer for than for small ones, and no change of layout for the Gather.
 *
 * <p>Values between the Conv and the Gather keep their names with their channels in another order:
 * no statistic of a whole tensor tells the difference.
 *
 * @param groups whether that is done to Convs in groups, whose weights grow by it
 */
public record ShuffleFolding(boolean groups) implements Pass {
  /** Beyond these, multiplications cost more than a Gather. */
  private static final long MOST_GROUPS = 8;

  private static final long MOST_WEIGHTS = 1 << 20;

  @Override
  public Graph apply(Graph graph, Scope scope) {
    Replacements replaced = new Replacements(graph, scope);
    for (Node gather : graph.nodes()) {
      find(gather, replaced.index(), scope)
          .ifPresent(found -> {
            Node conv = found.folded(replaced, scope);
            Node last = found.writers().getLast();
            boolean clips = found.writers().size() > 1;
            replaced.replace(
                found.writers().getFirst(), clips ? conv : conv.withOutputs(gather.outputs()));
            if (clips) {
              replaced.replace(last, last.withOutputs(gather.outputs()));
            }
            replaced.replace(gather);
          });
    }
    return replaced.result();
  }

  private Optional<Shuffled> find(Node gather, GraphIndex index, Scope scope) {
    Optional<Tensor> order =
        scope
            .constant(gather.input(1))
            .filter(tensor -> tensor.dtype() == DType.INT64 && tensor.shape().rank() == 1);
    if (!gather.is("Gather") || gather.intAttribute("axis", 0) != 1 || order.isEmpty()) {
      return Optional.empty();
    }
    List<Node> writers = new ArrayList<>();
    String value = gather.input(0);
    do {
      Optional<Node> writer =
          index.onlyConsumer(value).isPresent() ? index.producer(value) : Optional.empty();
      if (writer.isEmpty()) {
        return Optional.empty();
      }
      writers.addFirst(writer.get());
      value = writer.get().input(0);
    } while (OperatorFacts.of(writers.getFirst()).clips());
    return Shuffled.of(gather, writers, order.get(), scope)
        .filter(found -> found.groups() == 1 || (groups && isWorthIt(found)));
  }

  private static boolean isWorthIt(Shuffled found) {
    return found.groups() <= MOST_GROUPS
        && found.groups() * found.weight().shape().elements() <= MOST_WEIGHTS;
  }

  /**
   * A Conv and the order its channels are read in.
   *
   * @param writers the Conv and what clips its output
   * @param order channel {@code i} of the Gather's output is this channel of the Conv's
   */
  private record Shuffled(
      Node gather, List<Node> writers, Tensor order, Tensor weight, Optional<Tensor> bias) {
    static Optional<Shuffled> of(Node gather, List<Node> writers, Tensor order, Scope scope) {
      Node conv = writers.getFirst();
      Optional<Tensor> weight =
          scope
              .constant(conv.input(1))
              .filter(tensor -> tensor.dtype() == DType.FLOAT32 && tensor.shape().rank() > 2);
      boolean hasBias = !conv.input(2).isEmpty();
      Optional<Tensor> bias =
          scope.constant(conv.input(2)).filter(tensor -> tensor.dtype() == DType.FLOAT32);
      boolean fits =
          conv.is("Conv")
              && weight.isPresent()
              && hasBias == bias.isPresent()
              && isPermutation(order, weight.get().shape().dim(0));
      return fits
          ? Optional.of(new Shuffled(gather, writers, order, weight.get(), bias))
          : Optional.empty();
    }

    private static boolean isPermutation(Tensor order, long channels) {
      long[] sorted = order.toLongs();
      Arrays.sort(sorted);
      for (int i = 0; i < sorted.length; i++) {
        if (sorted[i] != i) {
          return false;
        }
      }
      return sorted.length == channels;
    }

    int groups() {
      return (int) Math.clamp(writers.getFirst().intAttribute("group", 1), 1L, Integer.MAX_VALUE);
    }

    Node folded(Replacements replaced, Scope scope) {
      Node conv = writers.getFirst();
      List<String> inputs = new ArrayList<>(conv.inputs());
      inputs.set(1, replaced.store(conv.input(1) + "_shuffled", shuffledWeight()));
      bias.ifPresent(
          values -> inputs.set(2, replaced.store(conv.input(2) + "_shuffled", shuffled(values))));
      Map<String, Attribute> attributes = new LinkedHashMap<>(conv.attributes());
      attributes.remove("group");
      scope.log().add(List.of(conv, gather), inputs.subList(1, inputs.size()));
      return new Node(conv.name(), "Conv", "", inputs, conv.outputs(), attributes);
    }

    private Tensor shuffled(Tensor values) {
      long[] channels = order.toLongs();
      float[] moved = new float[channels.length];
      for (int i = 0; i < moved.length; i++) {
        moved[i] = values.getFloat(channels[i]);
      }
      return Tensor.ofFloats(values.shape(), moved);
    }

    /** Filters in the Gather's order, with zeros for the channels of other groups. */
    private Tensor shuffledWeight() {
      long[] dims = weight.shape().toArray();
      long[] channels = order.toLongs();
      int filter = Math.toIntExact(weight.shape().inner(0));
      float[] from = weight.toFloats();
      float[] to = new float[Math.multiplyExact(from.length, groups())];
      for (int i = 0; i < channels.length; i++) {
        int source = (int) channels[i];
        int group = source / (channels.length / groups());
        System.arraycopy(from, source * filter, to, (i * groups() + group) * filter, filter);
      }
      dims[1] *= groups();
      return Tensor.ofFloats(Shape.of(dims), to);
    }
  }
}
