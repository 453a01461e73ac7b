package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.FunctionProto;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.SparseTensorProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** External data in places where they are rarely looked for. */
class ExternalElsewhereTest {
  private static final int FLOAT = 1;

  @TempDir private Path folder;

  enum Place {
    CONSTANT,
    TENSORS,
    SPARSE_VALUE,
    SPARSE_VALUES,
    WRONG_KIND,
    GRAPHS,
    SPARSE_WEIGHT,
    SPARSE_INDICES,
    FUNCTION
  }

  @BeforeEach
  void data() throws IOException {
    Files.createDirectory(folder.resolve("models"));
    Files.write(folder.resolve("models/part.bin"), new byte[64]);
    Files.write(folder.resolve("secret.bin"), new byte[64]);
    Files.createSymbolicLink(folder.resolve("models/out"), folder.resolve("secret.bin"));
    Files.createSymbolicLink(folder.resolve("models/round"), Path.of("round"));
  }

  private static TensorProto tensor(String location) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName("part")
            .setDataType(FLOAT)
            .addDims(16)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL);
    tensor.addExternalDataBuilder().setKey("location").setValue(location);
    return tensor.build();
  }

  private static SparseTensorProto sparse(TensorProto values, TensorProto indices) {
    return SparseTensorProto.newBuilder().setValues(values).setIndices(indices).addDims(64).build();
  }

  private static TensorProto inline(String name) {
    return TensorProto.newBuilder().setName(name).setDataType(7).addDims(0).build();
  }

  private static AttributeProto attribute(Place place, TensorProto tensor) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName("value");
    GraphProto graph = GraphProto.newBuilder().setName("g").addInitializer(tensor).build();
    switch (place) {
      case TENSORS -> attribute.setType(AttributeProto.AttributeType.TENSORS).addTensors(tensor);
      case SPARSE_VALUE ->
          attribute
              .setType(AttributeProto.AttributeType.SPARSE_TENSOR)
              .setSparseTensor(sparse(tensor, inline("")));
      case SPARSE_VALUES ->
          attribute
              .setType(AttributeProto.AttributeType.SPARSE_TENSORS)
              .addSparseTensors(sparse(tensor, inline("")));
      case WRONG_KIND -> attribute.setType(AttributeProto.AttributeType.INT).setI(1).setT(tensor);
      case GRAPHS -> attribute.setType(AttributeProto.AttributeType.GRAPHS).addGraphs(graph);
      default -> attribute.setType(AttributeProto.AttributeType.TENSOR).setT(tensor);
    }
    return attribute.build();
  }

  private Path write(Place place, String location) throws IOException {
    TensorProto tensor = tensor(location);
    NodeProto constant =
        NodeProto.newBuilder()
            .setName("c")
            .setOpType("Constant")
            .addOutput("k")
            .addAttribute(attribute(place, tensor))
            .build();
    Graph plain =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 4)))
            .node(Node.of("r", "Relu", List.of("x"), "y"))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, 4)))
            .build();
    ModelProto.Builder model =
        ModelProto.parseFrom(OnnxWriter.toBytes(OnnxModel.of(plain))).toBuilder();
    switch (place) {
      case SPARSE_WEIGHT ->
          model.getGraphBuilder().addSparseInitializer(sparse(tensor, inline("i")));
      case SPARSE_INDICES ->
          model
              .getGraphBuilder()
              .addSparseInitializer(
                  sparse(
                      inline("s"),
                      tensor.toBuilder().setDataType(7).clearDims().addDims(8).build()));
      case FUNCTION ->
          model.addFunctions(
              FunctionProto.newBuilder()
                  .setName("F")
                  .setDomain("own")
                  .addOutput("k")
                  .addNode(constant)
                  .addOpsetImport(model.getOpsetImport(0)));
      default -> model.getGraphBuilder().addNode(constant);
    }
    return Files.write(folder.resolve("models/m.onnx"), model.build().toByteArray());
  }

  @ParameterizedTest
  @EnumSource
  void isCopiedInSoThatAModelStandsAlone(Place place) throws IOException {
    byte[] written = OnnxWriter.toBytes(OnnxReader.read(write(place, "part.bin")));
    assertThat(locations(written)).isEmpty();
    assertThat(OnnxReader.parse(written, "alone").graph().nodes()).isNotEmpty();
    assertThat(written.length).isGreaterThan(64);
  }

  private static List<String> locations(byte[] model) throws InvalidProtocolBufferException {
    return ModelProto.parseFrom(model)
        .toString()
        .lines()
        .filter(line -> line.contains("part.bin") || line.contains("EXTERNAL"))
        .toList();
  }

  static Stream<Arguments> wrong() {
    return Stream.of(Place.values())
        .flatMap(place ->
            Stream.of("../secret.bin", "/dev/zero", "out", "round", ".", "absent.bin", "a\0b", "")
                .map(location -> Arguments.of(place, location)));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void isCheckedAsInPlainWeights(Place place, String location) throws IOException {
    Path model = write(place, location);
    assertThatThrownBy(() -> OnnxReader.read(model))
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("external data")
        .hasMessageStartingWith(model.toString());
  }

  @ParameterizedTest
  @EnumSource
  void thatIsTooShortIsRefused(Place place) throws IOException {
    Files.write(folder.resolve("models/part.bin"), new byte[63]);
    Path model = write(place, "part.bin");
    assertThatThrownBy(() -> OnnxReader.read(model))
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("does not fit into part.bin of 63 bytes");
  }
}
