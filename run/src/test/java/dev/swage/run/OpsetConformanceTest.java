package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.graph.RewriteKind;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ONNX's node tests, raised to opset 21: ONNX Runtime must still give the outputs it gave. All
 * models that raising changes, and of the others one of each form: operators, operator set, inputs,
 * attributes. A test counts when ONNX Runtime runs the model as it is.
 */
class OpsetConformanceTest {
  private static final long TARGET = 21;

  /** Models are raised from this operator set on. */
  private static final long OLDEST = 7;

  /** Range of a vector, which ONNX Runtime only notices once it knows the shape. */
  private static final Set<String> NOT_TO_THE_SPECIFICATION =
      Set.of(
          "onnx-backend/node/test_affine_grid_2d_align_corners_expanded/",
          "onnx-backend/node/test_affine_grid_2d_expanded/");

  @TempDir private Path folder;

  private final Set<String> operators = new TreeSet<>();
  private final Set<List<String>> unchanged = new HashSet<>();
  private final List<String> refused = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private int tests;
  private int adapted;

  @Test
  void raisedNodesGiveWhatTheyGaveBefore() throws IOException {
    Path zip = SharedData.require("conformance/onnx-backend.zip");
    try (ZipFile file = new ZipFile(zip.toFile())) {
      for (String test : tests(file)) {
        run(file, test);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(refused).isEmpty();
    assertThat(tests).isGreaterThanOrEqualTo(270);
    assertThat(adapted).isGreaterThanOrEqualTo(46);
    assertThat(operators)
        .contains(
            "DFT",
            "Hardmax",
            "If",
            "Loop",
            "LogSoftmax",
            "ReduceMax",
            "ReduceSum",
            "Scan",
            "Scatter",
            "Softmax",
            "Split");
  }

  private static Set<String> tests(ZipFile file) {
    TreeSet<String> tests = new TreeSet<>();
    for (ZipEntry entry : (Iterable<ZipEntry>) file.stream().map(e -> (ZipEntry) e)::iterator) {
      String name = entry.getName();
      if (name.endsWith("/model.onnx")) {
        tests.add(name.substring(0, name.length() - "model.onnx".length()));
      }
    }
    return tests;
  }

  private void run(ZipFile file, String test) throws IOException {
    byte[] bytes = file.getInputStream(file.getEntry(test + "model.onnx")).readAllBytes();
    OnnxModel model = OnnxReader.parse(bytes, test);
    if (model.opset() < OLDEST
        || model.opset() >= TARGET
        || NOT_TO_THE_SPECIFICATION.contains(test)
        || (!changes(model) && (test.endsWith("_expanded/") || !unchanged.add(operators(model))))) {
      return;
    }
    List<Tensor> inputs = new ArrayList<>();
    List<Tensor> before;
    try {
      for (int i = 0; i < model.graph().feeds().size(); i++) {
        inputs.add(tensor(file, test + "test_data_set_0/input_" + i + ".pb"));
      }
      before = outputs(model, inputs);
    } catch (RunException | OnnxException e) {
      return; // Sequences, strings, and what ONNX Runtime does not run: nothing to compare with.
    }
    OnnxModel raised;
    try {
      Prepared prepared =
          Preparation.of(
              model, PreparationOptions.defaults().withOpset(TARGET), new RuntimeEvaluator());
      raised = prepared.model();
      if (prepared.counts().containsKey(RewriteKind.OPERATOR_ADAPTED)) {
        adapted++;
      }
    } catch (OnnxException e) {
      refused.add(test + ": " + e.getMessage());
      return;
    }
    compare(test, model, before, raised, inputs);
  }

  /** What a model is made of: operators with their operator set, inputs and attributes. */
  private static List<String> operators(OnnxModel model) {
    return model.graph().nodes().stream()
        .map(node ->
            "%s %d %d %s"
                .formatted(
                    node.opType(),
                    model.opset(),
                    node.inputs().size(),
                    new TreeSet<>(node.attributes().keySet())))
        .toList();
  }

  /** Whether raising the model rewrites a node, or refuses to. */
  private static boolean changes(OnnxModel model) {
    PreparationOptions raise = PreparationOptions.defaults().withSimplify(false).withOpset(TARGET);
    try {
      return Preparation.of(model, raise, GraphEvaluator.none())
          .counts()
          .containsKey(RewriteKind.OPERATOR_ADAPTED);
    } catch (OnnxException e) {
      return true;
    }
  }

  private void compare(
      String test, OnnxModel model, List<Tensor> before, OnnxModel raised, List<Tensor> inputs) {
    try {
      List<Tensor> after = outputs(raised, inputs);
      for (int i = 0; i < before.size(); i++) {
        if (!same(before.get(i), after.get(i))) {
          wrong.add(test + " output " + i);
        }
      }
      model.graph().nodes().forEach(node -> operators.add(node.opType()));
      tests++;
    } catch (RunException e) {
      wrong.add(test + " " + e.getMessage());
    }
  }

  private static List<Tensor> outputs(OnnxModel model, List<Tensor> inputs) {
    try (ModelSession session =
        ModelSession.open("test", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(inputs);
    }
  }

  private Tensor tensor(ZipFile file, String path) throws IOException {
    ZipEntry entry = file.getEntry(path);
    if (entry == null) {
      throw new RunException(path + " is not there");
    }
    Path extracted = Files.createTempFile(folder, "tensor", ".pb"); // Read by mapping.
    Files.write(extracted, file.getInputStream(entry).readAllBytes());
    return OnnxReader.readTensor(extracted);
  }

  /** Equal bits but for float32, which the two graphs may round differently. */
  private static boolean same(Tensor a, Tensor b) {
    if (a.dtype() != b.dtype() || !a.shape().equals(b.shape())) {
      return false;
    }
    if (a.dtype() != DType.FLOAT32) {
      return a.data().mismatch(b.data()) < 0;
    }
    for (long i = 0; i < a.shape().elements(); i++) {
      float x = a.getFloat(i);
      float y = b.getFloat(i);
      if (Float.compare(x, y) != 0 && !(Math.abs(x - y) <= 1e-5f * Math.max(1, Math.abs(x)))) {
        return false;
      }
    }
    return true;
  }
}
