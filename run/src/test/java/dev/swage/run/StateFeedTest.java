package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.DataSource;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** States of recurrent models, of any rank and type. */
class StateFeedTest {
  private static List<Dim> dims(String text) {
    List<Dim> dims = new ArrayList<>();
    for (String dim : text.isEmpty() ? new String[0] : text.split(" ")) {
      dims.add(
          Character.isDigit(dim.charAt(0))
              ? new Dim.Fixed(Long.parseLong(dim))
              : new Dim.Symbolic(dim));
    }
    return dims;
  }

  private static OnnxModel model(DType dtype, String x, String state) {
    Graph graph =
        Graph.builder("g")
            .input(new ValueInfo("x", Optional.of(DType.FLOAT32), Optional.of(dims(x))))
            .input(new ValueInfo("before", Optional.of(dtype), Optional.of(dims(state))))
            .node(Node.of("t", "Tanh", List.of("x"), "y"))
            .node(Node.of("s", "Identity", List.of("before"), "after"))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .output(new ValueInfo("after", Optional.of(dtype), Optional.empty()))
            .build();
    return OnnxModel.of(graph);
  }

  private static ModelSession open(OnnxModel model) {
    return ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults());
  }

  /** States that nobody gives are zeros, in sizes of the data. */
  @ParameterizedTest(name = "{0} state [{2}] of x [{1}]")
  @CsvSource({
    "FLOAT32,n 6,n 4,3 4",
    "FLOAT32,n 6,2 n 4,2 3 4",
    "FLOAT32,n 6,4,4",
    "FLOAT32,n 6,'',''",
    "FLOAT32,n 6,n 1 2 5,3 1 2 5",
    "FLOAT32,n 6,1 2 n 2 5,1 2 3 2 5",
    "FLOAT32,n t,t n 2,6 3 2",
    "FLOAT32,n n,n 4,3 4",
    "FLOAT64,n 6,2 n 4,2 3 4",
    "FLOAT16,n 6,n 4,3 4",
    "INT64,n 6,n 4,3 4",
    "INT32,n 6,other 4,3 4"
  })
  void statesBeginWithZeros(DType dtype, String x, String state, String expected) {
    OnnxModel carrying =
        CarriedStates.of(Map.of("before", "after")).applyTo(model(dtype, x, state));
    DataSource data = DataSource.open("random:1x6?n=3");
    try (ModelSession session = open(carrying)) {
      SampleFeed feed = new SampleFeed(session, data, 3);
      List<Tensor> outputs = new StateFeed(session, data).run(feed.inputs(feed.batch(0)));
      Tensor after = outputs.getLast();
      assertThat(after.dtype()).isEqualTo(dtype);
      assertThat(after.shape().toString()).isEqualTo("[" + expected.replace(" ", ", ") + "]");
      byte[] bytes = after.data().toArray(ValueLayout.JAVA_BYTE);
      assertThat(bytes).containsOnly(0);
    }
  }

  /** States that the data give whole. */
  @ParameterizedTest(name = "{2}: state [{1}] of x [{0}]")
  @CsvSource({
    "n 6,2 n 4,1x6:2x1x4,2 1 4",
    "1 6,2 1 4,1x6:2x1x4,2 1 4",
    "n 6,n 4,1x6:1x4,2 4",
    "n 6,4,1x6:4,4",
    "6,4,6:4,4",
    "n 6,1 2 n 2 5,1x6:1x2x1x2x5,1 2 1 2 5",
    "1 6,2 3 1 1 5,1x6:2x3x1x1x5,2 3 1 1 5"
  })
  void statesAmongTheData(String x, String state, String shapes, String expected) {
    DataSource data = DataSource.open("random:" + shapes.replace(':', ',') + "?n=2");
    try (ModelSession session = open(model(DType.FLOAT32, x, state))) {
      SampleFeed feed = new SampleFeed(session, data, 2);
      Tensor after = session.run(feed.inputs(feed.batch(0))).getLast();
      assertThat(after.shape().toString()).isEqualTo("[" + expected.replace(" ", ", ") + "]");
    }
  }
}
