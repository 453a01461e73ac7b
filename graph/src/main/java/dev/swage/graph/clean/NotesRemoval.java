package dev.swage.graph.clean;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import java.util.List;

/** Documentation and metadata of nodes, weights and values go: they are not what ships. */
public final class NotesRemoval implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Graph plain = graph.withoutNotes();
    if (plain != graph) {
      scope.log().add(List.of(), graph.name());
    }
    return plain;
  }
}
