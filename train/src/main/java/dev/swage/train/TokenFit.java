package dev.swage.train;

import dev.swage.data.DataSource;
import dev.swage.data.TokenLimits;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether a model's tables have a row for each token of the data, and for each place of its longest
 * text. A table that an input of the model is looked up in is one of tokens; one as wide, whose
 * indices the model makes itself, is one of places.
 */
final class TokenFit {
  /** A table of fewer rows is none of places: of kinds of tokens, say. */
  private static final int FEWEST_PLACES = 16;

  private static final Set<String> PASSING = Set.of("Cast", "Identity");

  private final Graph graph;
  private final GraphIndex index;
  private final Set<String> feeds;

  private TokenFit(Graph graph) {
    this.graph = graph;
    this.index = GraphIndex.of(graph);
    this.feeds = graph.feeds().stream().map(ValueInfo::name).collect(Collectors.toSet());
  }

  /**
   * Refuses data whose tokens the model has no rows for.
   *
   * @throws TrainingException naming table and data
   */
  static void check(OnnxModel model, DataSource data) {
    data.tokenLimits().ifPresent(limits -> new TokenFit(model.graph()).check(limits, data.name()));
  }

  private void check(TokenLimits limits, String data) {
    Optional<Node> tokens =
        lookups().stream().filter(this::looksUpInput).max((a, b) -> Long.compare(rows(a), rows(b)));
    if (tokens.isEmpty()) {
      return;
    }
    long rows = rows(tokens.get());
    if (rows < limits.vocabularySize()) {
      throw new TrainingException(
          "%s: its tokens are numbered to %d, table '%s' of the model has %d rows; use the tokenizer that belongs to the model"
              .formatted(data, limits.vocabularySize() - 1, tokens.get().input(0), rows));
    }
    lookups().stream()
        .filter(node -> !looksUpInput(node) && width(node) == width(tokens.get()))
        .filter(node -> rows(node) >= FEWEST_PLACES && rows(node) < limits.length())
        .findFirst()
        .ifPresent(places -> {
          throw new TrainingException(
              "%s: its longest text has %d tokens, the model takes %d (table '%s'); say length=%d"
                  .formatted(data, limits.length(), rows(places), places.input(0), rows(places)));
        });
  }

  private List<Node> lookups() {
    return graph.nodes().stream()
        .filter(node -> node.is("Gather") && node.intAttribute("axis", 0) == 0)
        .filter(node -> table(node).filter(table -> table.rank() == 2).isPresent())
        .toList();
  }

  private Optional<Shape> table(Node gather) {
    return Optional.ofNullable(graph.initializers().get(gather.input(0))).map(Tensor::shape);
  }

  private long rows(Node gather) {
    return table(gather).orElseThrow().dim(0);
  }

  private long width(Node gather) {
    return table(gather).orElseThrow().dim(1);
  }

  private boolean looksUpInput(Node gather) {
    String value = gather.input(1);
    Optional<Node> producer = index.producer(value);
    while (producer.isPresent() && PASSING.contains(producer.get().opType())) {
      value = producer.get().input(0);
      producer = index.producer(value);
    }
    return feeds.contains(value);
  }
}
