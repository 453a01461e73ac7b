package dev.swage.graph;

import dev.swage.onnx.Graph;
import java.util.List;

/** Documentation and metadata of nodes, weights and values go: they are not what ships. */
final class NotesRemoval implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Graph plain = graph.withoutNotes();
    if (plain != graph) {
      scope.log().add(RewriteKind.NOTES_REMOVED, List.of(), graph.name());
    }
    return plain;
  }
}
