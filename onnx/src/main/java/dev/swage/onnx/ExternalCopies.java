package dev.swage.onnx;

import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.SparseTensorProto;
import dev.swage.onnx.wire.TensorProto;

/**
 * Wire forms that are kept as they are, with external data copied in: checked as those of plain
 * weights, and free of the folder that they came from. What has no external data is handed back.
 */
final class ExternalCopies {
  private final TensorDecoder tensors;

  ExternalCopies(TensorDecoder tensors) {
    this.tensors = tensors;
  }

  private TensorProto tensor(TensorProto proto, String owner) {
    String name = proto.getName().isEmpty() ? owner : proto.getName();
    return tensors.selfContained(proto, name);
  }

  /** Sparse initializers; the rest of the graph is looked into by others. */
  GraphProto sparse(GraphProto graph) {
    if (graph.getSparseInitializerCount() == 0) {
      return graph;
    }
    GraphProto.Builder copied = graph.toBuilder();
    for (int i = 0; i < copied.getSparseInitializerCount(); i++) {
      copied.setSparseInitializer(i, sparse(copied.getSparseInitializer(i), "a sparse weight"));
    }
    return copied.build();
  }

  private SparseTensorProto sparse(SparseTensorProto proto, String owner) {
    SparseTensorProto.Builder copied = proto.toBuilder();
    if (proto.hasValues()) {
      copied.setValues(tensor(proto.getValues(), owner));
    }
    if (proto.hasIndices()) {
      String name = proto.getValues().getName();
      copied.setIndices(tensor(proto.getIndices(), name.isEmpty() ? owner : name));
    }
    return copied.build();
  }

  /**
   * An attribute with whatever it holds, be it of its kind or not.
   *
   * @param owner the node, in error messages
   */
  AttributeProto attribute(AttributeProto proto, Node owner) {
    String name = proto.getName() + " of " + owner.describe();
    AttributeProto.Builder copied = proto.toBuilder();
    if (proto.hasT()) {
      copied.setT(tensor(proto.getT(), name));
    }
    if (proto.hasSparseTensor()) {
      copied.setSparseTensor(sparse(proto.getSparseTensor(), name));
    }
    for (int i = 0; i < proto.getTensorsCount(); i++) {
      copied.setTensors(i, tensor(proto.getTensors(i), name));
    }
    for (int i = 0; i < proto.getSparseTensorsCount(); i++) {
      copied.setSparseTensors(i, sparse(proto.getSparseTensors(i), name));
    }
    if (proto.hasG()) {
      copied.setG(graph(proto.getG(), owner));
    }
    for (int i = 0; i < proto.getGraphsCount(); i++) {
      copied.setGraphs(i, graph(proto.getGraphs(i), owner));
    }
    return copied.build();
  }

  /** A whole graph that nobody looks into. */
  private GraphProto graph(GraphProto proto, Node owner) {
    GraphProto.Builder copied = sparse(proto).toBuilder();
    for (int i = 0; i < proto.getInitializerCount(); i++) {
      copied.setInitializer(i, tensor(proto.getInitializer(i), "a weight"));
    }
    for (int i = 0; i < proto.getNodeCount(); i++) {
      NodeProto.Builder node = proto.getNode(i).toBuilder();
      for (int a = 0; a < node.getAttributeCount(); a++) {
        node.setAttribute(a, attribute(node.getAttribute(a), owner));
      }
      copied.setNode(i, node);
    }
    return copied.build();
  }
}
