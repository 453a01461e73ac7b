package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CustomOperatorsTest {
  @TempDir private Path folder;

  @AfterEach
  void forget() {
    CustomOperators.forget();
  }

  private static byte[] model(String domain, String operator) {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2)))
            .node(new Node("n", operator, domain, List.of("x"), List.of("y"), Map.of()))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(2)))
            .build();
    OnnxModel model = OnnxModel.of(graph);
    return OnnxWriter.toBytes(domain.isEmpty() ? model : model.withOpset(domain, 1));
  }

  @Test
  void unknownOperatorsNameTheOption() {
    assertThatThrownBy(
            () -> ModelSession.open("m", model("com.example", "Fancy"), SessionOptions.defaults()))
        .isInstanceOf(RunException.class)
        .hasMessageEndingWith(
            "; --custom-ops LIBRARY names a shared library with operators that ONNX Runtime"
                + " lacks");
    assertThatThrownBy(() -> ModelSession.open("m", model("", "Fancy"), SessionOptions.defaults()))
        .isInstanceOf(RunException.class)
        .message()
        .doesNotContain("--custom-ops");
  }

  @Test
  void whatIsNoLibraryIsOneLine() throws IOException {
    Path missing = folder.resolve("missing.so");
    assertThatThrownBy(() -> CustomOperators.load(missing))
        .isInstanceOf(RunException.class)
        .hasMessage(missing + ": no such library of custom operators");
    Path text = Files.writeString(folder.resolve("text.so"), "no library");
    assertThatThrownBy(() -> CustomOperators.load(text))
        .isInstanceOf(RunException.class)
        .hasMessageStartingWith(text + ": ONNX Runtime takes no custom operators from it: ")
        .hasMessageEndingWith(
            "; expected a shared library for this machine that has RegisterCustomOps")
        .message()
        .hasLineCount(1);
  }

  /**
   * Writes down how often it was asked for its operators, of which it has none, and when it was
   * unloaded: not before the sessions end that may use it.
   */
  @Test
  void everySessionKnowsALibrary() throws IOException, InterruptedException {
    Path compiler = Path.of("/usr/bin/gcc");
    assumeThat(compiler).as("a C compiler, to build a library").exists();
    Path calls = folder.resolve("calls");
    Path source =
        Files.writeString(
            folder.resolve("ops.c"),
            """
            #include <stdio.h>
            static void tell(const char *line) {
              FILE *file = fopen(CALLS, "a");
              if (file) {
                fputs(line, file);
                fclose(file);
              }
            }
            __attribute__((destructor)) static void unloaded(void) { tell("unloaded\\n"); }
            void *RegisterCustomOps(void *options, const void *api) {
              tell("called\\n");
              return 0;
            }
            """);
    Path library = folder.resolve("ops.so");
    Process gcc =
        new ProcessBuilder(
                compiler.toString(),
                "-shared",
                "-fPIC",
                "-DCALLS=\"" + calls + "\"",
                "-o",
                library.toString(),
                source.toString())
            .inheritIO()
            .start();
    assertThat(gcc.waitFor()).isZero();
    CustomOperators.load(library);
    CustomOperators.load(library);
    assertThat(calls).content().hasLineCount(1);
    for (int sessions = 1; sessions <= 3; sessions++) {
      ModelSession.open("m", model("", "Tanh"), SessionOptions.defaults()).close();
      assertThat(calls).content().hasLineCount(1 + sessions).doesNotContain("unloaded");
    }
    CustomOperators.forget();
    assertThat(calls).content().endsWith("unloaded\n");
  }
}
