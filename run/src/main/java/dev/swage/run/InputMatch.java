package dev.swage.run;

import dev.swage.data.DataSource;
import dev.swage.onnx.ValueInfo;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Which input of the data goes to which input of the model. */
final class InputMatch {
  private InputMatch() {}

  /** The same data as the inputs want it that are no states. */
  static DataSource given(ModelSession session, DataSource data) {
    return data.forInputs(dataInputs(session));
  }

  /** The inputs data must give: all, or where it gives fewer, those that are no states. */
  static List<ValueInfo> wanted(ModelSession session, DataSource data) {
    return data.inputShapes().size() == session.inputs().size()
        ? session.inputs()
        : dataInputs(session);
  }

  private static List<ValueInfo> dataInputs(ModelSession session) {
    return session.inputs().stream().filter(i -> !session.states().isState(i.name())).toList();
  }

  /** For each of the wanted inputs the index of the data's. */
  static int[] order(String model, List<ValueInfo> wanted, DataSource data) {
    List<String> names = data.inputNames();
    int found = data.inputShapes().size();
    if (found != wanted.size()) {
      throw new RunException(
          "%s wants %d input%s (%s), %s has %d%s"
              .formatted(
                  model,
                  wanted.size(),
                  wanted.size() == 1 ? "" : "s",
                  list(wanted),
                  data.name(),
                  found,
                  names.isEmpty() ? "" : " (" + String.join(", ", names) + ")"));
    }
    if (names.isEmpty()) {
      return IntStream.range(0, found).toArray();
    }
    return wanted.stream()
        .mapToInt(input -> {
          int index = names.indexOf(input.name());
          if (index < 0) {
            throw new RunException(
                "%s wants inputs %s, %s names them %s"
                    .formatted(model, list(wanted), data.name(), String.join(", ", names)));
          }
          return index;
        })
        .toArray();
  }

  private static String list(List<ValueInfo> inputs) {
    return inputs.stream().map(OrtTypes::format).collect(Collectors.joining(", "));
  }
}
