package dev.swage.onnx;

import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.FunctionProto;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.SparseTensorProto;
import dev.swage.onnx.wire.StringStringEntryProto;
import dev.swage.onnx.wire.TensorProto;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The data files that a model file refers to, anywhere in it. */
final class ExternalLocations {
  private final Set<Path> locations = new HashSet<>();

  private ExternalLocations() {}

  /** Locations as in the file, without {@code .} and what {@code ..} undoes. */
  static Set<Path> in(ModelProto model) {
    ExternalLocations all = new ExternalLocations();
    all.add(model.getGraph());
    for (FunctionProto function : model.getFunctionsList()) {
      function.getNodeList().forEach(all::add);
    }
    return all.locations;
  }

  private void add(GraphProto graph) {
    graph.getInitializerList().forEach(this::add);
    graph.getSparseInitializerList().forEach(this::add);
    graph.getNodeList().forEach(this::add);
  }

  private void add(NodeProto node) {
    for (AttributeProto attribute : node.getAttributeList()) {
      add(attribute.getT());
      add(attribute.getSparseTensor());
      attribute.getTensorsList().forEach(this::add);
      attribute.getSparseTensorsList().forEach(this::add);
      if (attribute.hasG()) {
        add(attribute.getG());
      }
      attribute.getGraphsList().forEach(this::add);
    }
  }

  private void add(SparseTensorProto tensor) {
    add(tensor.getValues());
    add(tensor.getIndices());
  }

  private void add(TensorProto tensor) {
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      if (entry.getKey().equals("location")) {
        try {
          locations.add(Path.of(entry.getValue()).normalize());
        } catch (InvalidPathException e) {
          // No path leads to a file.
        }
      }
    }
  }
}
