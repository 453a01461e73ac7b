package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.console.ExitCode;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a user sees of a file whose outputs are damaged. */
class DamageCommandTest {
  @TempDir private Path folder;

  private record Result(int exitCode, String text) {}

  private Result quantize(String... more) {
    Path model = folder.resolve("net.onnx");
    OnnxWriter.write(Network.input("point", 2).dense(40).relu().dense(2).seed(9).build(), model);
    List<String> args =
        new ArrayList<>(
            List.of(
                "quantize",
                model.toString(),
                "--mode",
                "weight-only",
                "--bits",
                "2",
                "--per-tensor",
                "-o",
                folder.resolve("small.onnx").toString()));
    args.addAll(List.of(more));
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text);
    CommandLine command = Main.commandLine().setOut(writer).setErr(writer);
    return new Result(command.execute(args.toArray(String[]::new)), text.toString());
  }

  @Test
  void onDataItIsRefusedInOneLineWithTheWaysOut() {
    Result result = quantize("--calibrate", "moons:?n=100");
    assertThat(result.exitCode()).as(result.text()).isEqualTo(ExitCode.BOUND_MISSED);
    assertThat(folder.resolve("small.onnx")).doesNotExist();
    assertThat(
            result
                .text()
                .lines()
                .filter(line -> line.contains("not written: its outputs are damaged")))
        .hasSize(1)
        .first()
        .asString()
        .contains(" dB")
        .contains("noisiest nodes: ")
        .contains("--min-sqnr 20")
        .contains("--mode mixed")
        .contains("more data")
        .contains("--allow-damage");
  }

  @Test
  void itIsWrittenWhenThatIsAllowed() {
    Result result = quantize("--calibrate", "moons:?n=100", "--allow-damage");
    assertThat(result.exitCode()).as(result.text()).isZero();
    assertThat(folder.resolve("small.onnx")).exists();
    assertThat(result.text()).contains("small.onnx: output '");
  }

  @Test
  void onRandomInputsItIsAWarningThatSaysWhatItRestsOn() {
    Result result = quantize();
    assertThat(result.exitCode()).as(result.text()).isZero();
    assertThat(result.text()).contains("on random inputs, which say little of your data");
  }
}
