package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * ONNX's own tests are the specification of the executor: every test whose operators are all in the
 * table, and which ONNX Runtime passes, is run here in evaluation mode or named among the
 * exclusions.
 */
final class OnnxConformanceTest {
  private static final Set<String> KINDS =
      Set.of("node", "simple", "pytorch-converted", "pytorch-operator");

  @TempDir Path temp;

  private record Case(String kind, String name) {
    String folder() {
      return "onnx-backend/" + kind + "/" + name + "/";
    }
  }

  @TestFactory
  Stream<DynamicTest> every_supported_operator_computes_what_onnx_says() throws IOException {
    ZipFile zip = new ZipFile(SharedData.require("conformance/onnx-backend.zip").toFile());
    return cases().stream()
        .filter(test -> ConformanceExclusions.reason(test.name()).isEmpty())
        .map(test -> DynamicTest.dynamicTest(test.name(), () -> run(zip, test)))
        .onClose(() -> close(zip));
  }

  @Test
  void exclusions_name_tests_that_exist_and_enough_tests_remain() throws IOException {
    List<String> names = cases().stream().map(Case::name).toList();
    assertThat(names).containsAll(ConformanceExclusions.names());
    assertThat(names.size() - ConformanceExclusions.names().size()).isGreaterThan(300);
  }

  private static void close(ZipFile zip) {
    try {
      zip.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<Case> cases() throws IOException {
    Set<String> supported = new TreeSet<>(OperatorTable.names());
    supported.add("Constant");
    List<Case> cases = new ArrayList<>();
    for (String line : Files.readAllLines(SharedData.require("conformance/index.tsv"))) {
      String[] columns = line.split("\t", -1);
      boolean known =
          columns.length >= 5
              && KINDS.contains(columns[0])
              && columns[4].equals("pass")
              && supported.containsAll(List.of(columns[3].split("[, ]+")));
      if (known) {
        cases.add(new Case(columns[0], columns[1]));
      }
    }
    return cases;
  }

  private void run(ZipFile zip, Case test) throws IOException {
    OnnxModel model = OnnxReader.read(extract(zip, test.folder() + "model.onnx"));
    List<Tensor> inputs = tensors(zip, test.folder() + "test_data_set_0/input_");
    List<Tensor> expected = tensors(zip, test.folder() + "test_data_set_0/output_");
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      List<Tensor> outputs = session.outputs(inputs);
      assertThat(outputs).hasSameSizeAs(expected);
      for (int i = 0; i < outputs.size(); i++) {
        assertSame(expected.get(i), outputs.get(i));
      }
    }
  }

  private List<Tensor> tensors(ZipFile zip, String prefix) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    while (zip.getEntry(prefix + tensors.size() + ".pb") != null) {
      tensors.add(OnnxReader.readTensor(extract(zip, prefix + tensors.size() + ".pb")));
    }
    return tensors;
  }

  private Path extract(ZipFile zip, String name) throws IOException {
    Path file = temp.resolve(name.replace('/', '_'));
    ZipEntry entry = zip.getEntry(name);
    try (InputStream in = zip.getInputStream(entry)) {
      Files.copy(in, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  /** Floats within 1e-5 of magnitude or value, the rest exactly. */
  private static void assertSame(Tensor expected, Tensor got) {
    assertThat(got.dtype()).isEqualTo(expected.dtype());
    assertThat(got.shape()).isEqualTo(expected.shape());
    if (expected.dtype() != DType.FLOAT32) {
      assertThat(got.data().mismatch(expected.data())).as("first differing byte").isEqualTo(-1);
      return;
    }
    for (long i = 0; i < expected.shape().elements(); i++) {
      float want = expected.getFloat(i);
      float have = got.getFloat(i);
      boolean same =
          Float.compare(want, have) == 0 || Math.abs(want - have) <= 1e-5 * (1 + Math.abs(want));
      assertThat(same).as("element %d: expected %s, got %s", i, want, have).isTrue();
    }
  }
}
