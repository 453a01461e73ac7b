package dev.swage.cli.data;

import dev.swage.cli.console.Console;
import dev.swage.data.DataFormat;
import dev.swage.data.DataSpec;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Says of random integers from where to where they are, where nobody said it. */
public final class RandomIntegers {
  private RandomIntegers() {}

  /** Warns where a model gets integers of noise without bounds. */
  public static void warn(Path model, Optional<String> data, Console console) {
    if (data.isEmpty() || !data.get().startsWith(DataFormat.RANDOM.label() + ":")) {
      return;
    }
    DataSpec spec = DataSpec.parse(data.get());
    if (spec.options().containsKey("low")
        || spec.options().containsKey("high")
        || spec.options().getOrDefault("dist", "").equals("photo")) {
      return;
    }
    List<String> integers =
        ModelFile.read(model).model().graph().feeds().stream()
            .filter(feed -> feed.dtype().filter(type -> type.isInteger()).isPresent())
            .map(ValueInfo::name)
            .toList();
    if (!integers.isEmpty()) {
      console.warning(
          "integers of %s ('%s') are 0 and 1, which may exercise little of the model; give bounds: %s"
              .formatted(data.get(), String.join("', '", integers), spec.with("high", "N")));
    }
  }
}
