package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleFeedTest {
  @TempDir private Path folder;

  private static final List<DType> TYPES =
      List.of(DType.FLOAT32, DType.INT64, DType.INT32, DType.UINT8, DType.BOOL, DType.FLOAT64);

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

  private static Shape shape(String text) {
    return text.isEmpty()
        ? Shape.of()
        : Shape.of(Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray());
  }

  private static ModelSession copying(DType dtype, String dims) {
    Graph graph =
        Graph.builder("g")
            .input(new ValueInfo("x", Optional.of(dtype), Optional.of(dims(dims))))
            .node(Node.of("n", "Identity", List.of("x"), "y"))
            .output(new ValueInfo("y", Optional.of(dtype), Optional.empty()))
            .build();
    return ModelSession.open(
        "m", OnnxWriter.toBytes(OnnxModel.of(graph)), SessionOptions.defaults());
  }

  /** Samples of eight, of every type; what the model wants, and in what shape it gets them. */
  @ParameterizedTest(name = "wanted [{0}], stored [{1}]: given [{2}]")
  @CsvSource({
    "n 6,1 6,4 6",
    "n 6,6,4 6",
    "1 6,1 6,1 6",
    "1 6,6,1 6",
    "n 1 6,6,4 1 6",
    "n t 6,6,4 1 6",
    "n t 6,5 6,4 5 6",
    "n t,6,4 6",
    "n t,1 6,1 6",
    "n 3 t,3 1,4 3 1",
    "6,6,6",
    "6,1 6,6",
    "n,6,6",
    "n,1,4",
    "12 8,12 8,12 8",
    "12 8,1 12 8,12 8",
    "2 b 8,2 1 8,2 1 8",
    "1 4 p 8,1 4 0 8,1 4 0 8",
    "1 4 0 8,4 0 8,1 4 0 8",
    "n n,3,4 3"
  })
  void samplesOfEveryTypeGetTheShapeThatIsWanted(String wanted, String stored, String given) {
    Shape sample = shape(stored);
    long[] all = new long[sample.rank() + 1];
    all[0] = 8;
    System.arraycopy(sample.toArray(), 0, all, 1, sample.rank());
    for (DType dtype : TYPES) {
      Tensor tensor =
          Tensor.of(
              dtype, Shape.of(all), HeapMemory.allocate(dtype.bytes(Shape.of(all).elements())));
      DataSource data = DataSource.of(tensor, Tensor.ofLongs(Shape.of(8), new long[8]));
      try (ModelSession session = copying(dtype, wanted)) {
        SampleFeed feed = new SampleFeed(session, data, 4);
        List<Tensor> inputs = feed.inputs(feed.batch(0));
        assertThat(session.run(inputs).getFirst().shape()).as("%s", dtype).isEqualTo(shape(given));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"INT64", "INT32", "UINT8", "BOOL", "FLOAT16", "FLOAT64", "FLOAT32"})
  void noiseIsOfTheTypeThatIsWanted(DType dtype) {
    String bounds = dtype.isFloat() ? "" : "&low=1&high=1";
    DataSource data = DataSource.open("random:1x6?n=3" + bounds);
    try (ModelSession session = copying(dtype, "n 6")) {
      SampleFeed feed = new SampleFeed(session, data.limit(2), 2);
      Tensor given = session.run(feed.inputs(feed.batch(0))).getFirst();
      assertThat(given.dtype()).isEqualTo(dtype);
      assertThat(given.shape()).isEqualTo(Shape.of(2, 6));
    }
  }

  /** Texts of 1, 3 and 2 words; what the model wants, and how it gets the first. */
  @ParameterizedTest(name = "wanted [{0}], {1}: given [{2}]")
  @CsvSource({
    "n t,'',1 1",
    "n t,&limit=2,1 1",
    "n t,&pad=length,3 4",
    "n 5,'',3 5",
    "2 t,'',2 3",
  })
  void textsOfDifferentLengthsAreRunAloneUnlessSizesAreFixed(
      String wanted, String keys, String given) throws IOException {
    Files.writeString(
        folder.resolve("t.jsonl"), "{\"t\": \"a\"}\n{\"t\": \"a b c\"}\n{\"t\": \"b c\"}\n");
    DataSource data = DataSource.open("jsonl:t.jsonl?text=t&length=4" + keys, folder);
    try (ModelSession session = copying(DType.INT64, wanted)) {
      SampleFeed feed = new SampleFeed(session, data, 8);
      assertThat(session.run(feed.inputs(feed.batch(0))).getFirst().shape())
          .isEqualTo(shape(given));
    }
  }

  @Test
  void arraysThatBecameFloatsSayHowTheyStayIntegers() {
    DataSource data =
        DataSource.of(
            Tensor.ofFloats(Shape.of(2, 6), new float[12]),
            Tensor.ofLongs(Shape.of(2), new long[2]));
    try (ModelSession session = copying(DType.INT64, "n 6")) {
      SampleFeed feed = new SampleFeed(session, data, 2);
      List<Tensor> inputs = feed.inputs(feed.batch(0));
      assertThatThrownBy(() -> session.run(inputs))
          .isInstanceOf(RunException.class)
          .hasMessage(
              "m wants input 0 as 'x' INT64[n, 6], got FLOAT32[2, 6]; integers of an npy: or npz:"
                  + " file stay integers with type=stored");
    }
  }
}
