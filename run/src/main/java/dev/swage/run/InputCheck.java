package dev.swage.run;

import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.stream.Collectors;

/** Holds inputs against what a model wants, so that an error can say both. */
final class InputCheck {
  private InputCheck() {}

  static void require(String model, List<ValueInfo> wanted, List<Tensor> got) {
    if (wanted.size() != got.size()) {
      throw new RunException(
          "%s wants %d input%s (%s), got %d"
              .formatted(
                  model,
                  wanted.size(),
                  wanted.size() == 1 ? "" : "s",
                  wanted.stream().map(OrtTypes::format).collect(Collectors.joining(", ")),
                  got.size()));
    }
    for (int i = 0; i < got.size(); i++) {
      if (!fits(wanted.get(i), got.get(i))) {
        throw new RunException(
            "%s wants input %d as %s, got %s%s"
                .formatted(
                    model,
                    i,
                    OrtTypes.format(wanted.get(i)),
                    got.get(i),
                    hint(wanted.get(i), got.get(i))));
      }
    }
  }

  /** Arrays become float32 unless they are asked to stay as they are. */
  private static String hint(ValueInfo wanted, Tensor got) {
    boolean others = wanted.dtype().filter(type -> !type.isFloat()).isPresent();
    return others && got.dtype() == DType.FLOAT32
        ? "; integers of an npy: or npz: file stay integers with type=stored"
        : "";
  }

  /**
   * No dimensions can mean a scalar or a shape that is not given: ONNX Runtime tells both alike.
   */
  private static boolean fits(ValueInfo wanted, Tensor got) {
    return wanted.dtype().filter(type -> type == got.dtype()).isPresent()
        && wanted.dims().map(dims -> dims.isEmpty() || fits(dims, got.shape())).orElse(true);
  }

  static boolean fits(List<ValueInfo.Dim> dims, Shape shape) {
    if (dims.size() != shape.rank()) {
      return false;
    }
    for (int i = 0; i < dims.size(); i++) {
      if (dims.get(i) instanceof ValueInfo.Dim.Fixed(long size) && size != shape.dim(i)) {
        return false;
      }
    }
    return true;
  }
}
