package dev.swage.train.torch.op.control;

import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Value;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** What every trip of a loop gives, put together along a new axis in the end. */
final class Stacks {
  private final List<List<Tensor>> parts = new ArrayList<>();

  Stacks(int count) {
    for (int i = 0; i < count; i++) {
      parts.add(new ArrayList<>());
    }
  }

  int count() {
    return parts.size();
  }

  void add(List<Value> trip) {
    for (int i = 0; i < trip.size(); i++) {
      parts.get(i).add(trip.get(i).torch());
    }
  }

  /**
   * @param declared what the body says of a part: its shape and type, where there is none
   */
  Tensor stacked(int index, ValueInfo declared, long axis, boolean backwards) {
    List<Tensor> all = backwards ? parts.get(index).reversed() : parts.get(index);
    return all.isEmpty()
        ? none(declared, axis)
        : torch.stack(new TensorVector(all.toArray(new Tensor[0])), axis);
  }

  private static Tensor none(ValueInfo declared, long axis) {
    List<Long> dims = new ArrayList<>();
    declared
        .dims()
        .orElse(List.of())
        .forEach(dim -> dims.add(dim instanceof ValueInfo.Dim.Fixed(long size) ? size : 0L));
    dims.add((int) (axis < 0 ? axis + dims.size() + 1 : axis), 0L);
    return TensorBridge.empty(
        TensorBridge.scalarType(declared.dtype().orElse(DType.FLOAT32)),
        dims.stream().mapToLong(Long::longValue).toArray());
  }
}
