package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.SwageProcess.Ended;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Work that takes a while and gives the same bits every time. */
enum EndingWork {
  TRAINING("model.onnx"),
  STATIC("small.onnx"),
  WEIGHT_ONLY("small.onnx"),
  SEARCH("small.onnx");

  private static final String RECIPE =
      """
      name: small
      data:
        train: "moons:?n=1600"
        test: "moons:?n=100&split=test"
      model:
        input: [2]
        layers:
          - dense: 10
          - relu
          - dense: 1
          - sigmoid
      train:
        loss: binary-cross-entropy
        optimizer: {adam: {lr: 0.01}}
        batch: 32
        epochs: 6
        clip: {norm: 0.5}
      checkpoint: {every: 20, keep: 2}
      ship: [float32, int8]
      """;

  private final String result;

  EndingWork(String result) {
    this.result = result;
  }

  /** What must be as it would be, or not there. */
  Path result(Path folder) {
    return folder.resolve(result);
  }

  void prepare(Path folder) throws IOException {
    if (this == TRAINING) {
      Files.writeString(folder.resolve("small.yaml"), RECIPE);
      return;
    }
    Network network = Network.input("x", 64).seed(7);
    for (int i = 0; i < 8; i++) {
      network = network.dense(this == WEIGHT_ONLY ? 256 : 64).relu();
    }
    OnnxModel model = network.dense(10).softmax().build();
    OnnxWriter.write(model, folder.resolve("net.onnx"));
  }

  List<String> arguments(Path folder) {
    if (this == TRAINING) {
      return List.of(
          "train", folder.resolve("small.yaml").toString(), "--out", folder.toString(), "--resume");
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "quantize",
                folder.resolve("net.onnx").toString(),
                "-o",
                folder.resolve("small.onnx").toString(),
                "--objective",
                "size"));
    arguments.addAll(
        this == WEIGHT_ONLY
            ? List.of("--bits", "4", "--group", "32")
            : List.of("--calibrate", "random:64?n=64"));
    if (this == SEARCH) {
      arguments.addAll(List.of("--min-sqnr", "45"));
    }
    return arguments;
  }

  /** An undisturbed run in a new folder. */
  Ended undisturbed(Path folder) throws IOException, InterruptedException {
    prepare(folder);
    return whole(new SwageProcess(folder), folder);
  }

  /** A run with what stands in the folder already, which must end well and leave nothing. */
  Ended whole(SwageProcess swage, Path folder) throws IOException, InterruptedException {
    Ended ended = swage.run(arguments(folder));
    assertThat(ended.exitCode()).as(ended.text()).isZero();
    assertThat(swage.leftovers()).isEmpty();
    return ended;
  }
}
