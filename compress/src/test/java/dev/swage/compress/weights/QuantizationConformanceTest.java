package dev.swage.compress.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxReader;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX's own node tests of quantization, on the kernels that quantize weights. */
class QuantizationConformanceTest {
  private static final String ROOT = "onnx-backend/node/";
  private static final Pattern QUANTIZATION =
      Pattern.compile("test_.*(quantizelinear|qlinear|integer).*");

  /** Why a node test is not one of these kernels'. */
  private enum Exclusion {
    /** float8 and float4 codes. */
    FLOAT_CODES("e4m3fn|e5m2|float4"),
    /** 16-bit codes, which the symmetric blocked test has too: weights have at most 8 bits. */
    WIDE_CODES("int16|blocked_symmetric"),
    /** Products of integers: an operator's arithmetic, not a tensor's quantization. */
    INTEGER_PRODUCT("qlinear|integer"),
    /** The definition of DynamicQuantizeLinear in other operators. */
    EXPANDED("_expanded$");

    private final Pattern pattern;

    Exclusion(String regex) {
      this.pattern = Pattern.compile(regex);
    }

    static Optional<Exclusion> of(String test) {
      for (Exclusion exclusion : values()) {
        if (exclusion.pattern.matcher(test).find()) {
          return Optional.of(exclusion);
        }
      }
      return Optional.empty();
    }
  }

  @TempDir private Path folder;

  @Test
  void kernelsPassTheNodeTestsOfTheirTypes() throws IOException {
    Path zip = SharedData.require("conformance/onnx-backend.zip");
    List<String> passed = new ArrayList<>();
    List<String> excluded = new ArrayList<>();
    try (ZipFile file = new ZipFile(zip.toFile())) {
      for (String test : tests(file)) {
        if (Exclusion.of(test).isPresent()) {
          excluded.add(test);
        } else {
          run(new NodeTest(file, test, folder));
          passed.add(test);
        }
      }
    }
    assertThat(passed)
        .containsExactly(
            "test_dequantizelinear",
            "test_dequantizelinear_axis",
            "test_dequantizelinear_blocked",
            "test_dequantizelinear_int2",
            "test_dequantizelinear_int4",
            "test_dequantizelinear_uint2",
            "test_dequantizelinear_uint4",
            "test_dynamicquantizelinear",
            "test_dynamicquantizelinear_max_adjusted",
            "test_dynamicquantizelinear_min_adjusted",
            "test_quantizelinear",
            "test_quantizelinear_axis",
            "test_quantizelinear_blocked_asymmetric",
            "test_quantizelinear_int2",
            "test_quantizelinear_int4",
            "test_quantizelinear_uint2",
            "test_quantizelinear_uint4");
    assertThat(passed.size() + excluded.size()).isGreaterThanOrEqualTo(45);
  }

  private static SortedSet<String> tests(ZipFile file) {
    SortedSet<String> names = new TreeSet<>();
    for (ZipEntry entry : (Iterable<ZipEntry>) file.stream().map(e -> (ZipEntry) e)::iterator) {
      if (entry.getName().startsWith(ROOT)) {
        String name = entry.getName().substring(ROOT.length()).split("/", 2)[0];
        if (QUANTIZATION.matcher(name).matches()) {
          names.add(name);
        }
      }
    }
    return names;
  }

  private static void run(NodeTest test) {
    switch (test.node().opType()) {
      case "QuantizeLinear" -> quantize(test);
      case "DequantizeLinear" -> dequantize(test);
      case "DynamicQuantizeLinear" -> quantizeDynamically(test);
      default -> throw new AssertionError("no kernel for " + test.node().describe());
    }
  }

  private static void quantize(NodeTest test) {
    Tensor x = test.input(0);
    Tensor expected = test.output(0);
    Tensor scale = test.input(1);
    QuantScheme scheme = scheme(test, expected.dtype(), scale.shape());
    int[] zeroPoints =
        test.inputs() > 2 ? ints(test.input(2)) : new int[(int) scale.shape().elements()];
    QuantizedTensor actual =
        Quantizer.encode(
            x, scheme, new QuantParams(paramShape(scale), scale.toFloats(), zeroPoints));
    assertThat(ints(actual.codes())).as(test.name).containsExactly(ints(expected));
  }

  private static void dequantize(NodeTest test) {
    Tensor codes = test.input(0);
    Tensor scale = test.input(1);
    QuantScheme scheme = scheme(test, codes.dtype(), scale.shape());
    int[] zeroPoints =
        test.inputs() > 2 ? ints(test.input(2)) : new int[(int) scale.shape().elements()];
    Tensor actual =
        Quantizer.dequantize(
            new QuantizedTensor(
                scheme, new QuantParams(paramShape(scale), scale.toFloats(), zeroPoints), codes));
    assertThat(actual.toFloats()).as(test.name).containsExactly(test.output(0).toFloats());
  }

  private static void quantizeDynamically(NodeTest test) {
    QuantizedTensor actual =
        Quantizer.quantize(
            test.input(0),
            QuantScheme.asymmetric(8, Granularity.perTensor()),
            RangeEstimator.minMax());
    assertThat(ints(actual.codes())).as(test.name).containsExactly(ints(test.output(0)));
    assertThat(actual.params().scales()).as(test.name).containsExactly(test.output(1).toFloats());
    assertThat(actual.params().zeroPoints()).as(test.name).containsExactly(ints(test.output(2)));
  }

  /** The whole range of the storage type, as the operators use it. */
  private static QuantScheme scheme(NodeTest test, DType storage, Shape scale) {
    int axis = (int) test.node().intAttribute("axis", 1);
    int block = (int) test.node().intAttribute("block_size", 0);
    Granularity granularity =
        scale.elements() == 1 && block == 0
            ? Granularity.perTensor()
            : block == 0 ? Granularity.perChannel(axis) : Granularity.perGroup(axis, block);
    return new QuantScheme(storage, storage.bits(), false, granularity);
  }

  private static Shape paramShape(Tensor scale) {
    return scale.shape().elements() == 1 ? Shape.of() : scale.shape();
  }

  private static int[] ints(Tensor codes) {
    MemorySegment bytes = Bytes.unpack(codes);
    int[] values = new int[(int) bytes.byteSize()];
    for (int i = 0; i < values.length; i++) {
      byte code = bytes.get(ValueLayout.JAVA_BYTE, i);
      values[i] = codes.dtype().isSigned() ? code : Byte.toUnsignedInt(code);
    }
    return values;
  }

  /** One folder of the archive. */
  private record NodeTest(ZipFile file, String name, Path folder) {
    Node node() {
      return OnnxReader.parse(bytes("model.onnx"), name).graph().nodes().getFirst();
    }

    int inputs() {
      int count = 0;
      while (file.getEntry(path("test_data_set_0/input_" + count + ".pb")) != null) {
        count++;
      }
      return count;
    }

    Tensor input(int index) {
      return tensor("input_" + index);
    }

    Tensor output(int index) {
      return tensor("output_" + index);
    }

    private Tensor tensor(String which) {
      try {
        Path extracted = folder.resolve(name + "_" + which + ".pb");
        Files.write(extracted, bytes("test_data_set_0/" + which + ".pb"));
        return OnnxReader.readTensor(extracted);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private byte[] bytes(String part) {
      try {
        return file.getInputStream(file.getEntry(path(part))).readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String path(String part) {
      return ROOT + name + "/" + part;
    }
  }
}
