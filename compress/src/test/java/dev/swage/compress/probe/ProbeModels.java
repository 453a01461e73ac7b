package dev.swage.compress.probe;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.run.ModelFile;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Small models to look for inputs of. */
final class ProbeModels {
  private ProbeModels() {}

  /** A value; names of open dimensions, numbers of fixed ones. */
  static ValueInfo value(String name, DType dtype, String... dims) {
    List<Dim> all = new ArrayList<>();
    for (String dim : dims) {
      all.add(
          Character.isDigit(dim.charAt(0))
              ? new Dim.Fixed(Long.parseLong(dim))
              : new Dim.Symbolic(dim.equals("?") ? "" : dim));
    }
    return new ValueInfo(name, Optional.of(dtype), Optional.of(all));
  }

  static Node cast(String from, String to, int type) {
    return Node.of("cast_" + to, "Cast", List.of(from), to).with("to", Attribute.of(type));
  }

  static Node convolution(String input, String weight, String output) {
    return Node.of("conv_" + output, "Conv", List.of(input, weight), output)
        .with("pads", Attribute.ints(1, 1, 1, 1));
  }

  static ProbeSource.Found find(Path folder, Graph graph) {
    return find(folder, graph, ValueRanges.unknown());
  }

  static ProbeSource.Found find(Path folder, Graph graph, ValueRanges known) {
    Path file = folder.resolve(graph.name() + ".onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 17), file);
    return ProbeSource.find(ModelFile.read(file), known);
  }

  static ProbeSource source(ProbeSource.Found found) {
    return (ProbeSource) found.source().orElseThrow(() -> new AssertionError(found.failure()));
  }

  static double[] elements(Tensor tensor) {
    return Elements.of(tensor).orElseThrow();
  }
}
