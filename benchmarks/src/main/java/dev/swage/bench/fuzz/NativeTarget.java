package dev.swage.bench.fuzz;

import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.onnx.OnnxReader;
import dev.swage.testkit.fuzz.FuzzTarget;
import java.util.List;

/** Models as the commands quantize them, with types and constants from ONNX Runtime. */
record NativeTarget(List<byte[]> seeds) implements FuzzTarget {
  NativeTarget {
    seeds = List.copyOf(seeds);
  }

  @Override
  public String name() {
    return "native";
  }

  @Override
  public Form form() {
    return Form.MESSAGE;
  }

  @Override
  public void read(byte[] input) {
    ModelQuantization.of(QuantizeOptions.of(QuantMode.WEIGHT_ONLY))
        .apply(OnnxReader.parse(input, "input"), QuantizeData.none());
  }
}
