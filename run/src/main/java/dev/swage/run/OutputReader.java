package dev.swage.run;

import ai.onnxruntime.MapInfo;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.SequenceInfo;
import ai.onnxruntime.TensorInfo;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Reads an output of a model as a tensor.
 *
 * <ul>
 *   <li>A tensor of numbers as it is.
 *   <li>A tensor of strings as int64 numbers, equal for equal strings: {@link ElementList#id}.
 *   <li>A map as its values, in the order of its keys: {@code [keys]}.
 *   <li>A sequence of maps, as of a classifier, as a row for each: {@code [n, keys]}; as one row of
 *       all values where maps have different numbers of keys.
 *   <li>A sequence of tensors as one row of all their elements.
 * </ul>
 *
 * @param info name, element type and dimensions of what {@link #read} gives
 */
record OutputReader(ValueInfo info, boolean plain) {
  /** A reader, if ONNX Runtime's Java API lets it be read. */
  static Optional<OutputReader> of(NodeInfo node) {
    return switch (node.getInfo()) {
      case TensorInfo tensor -> ofTensor(node.getName(), tensor);
      case SequenceInfo sequence when sequence.isSequenceOfMaps() ->
          values(node.getName(), sequence.mapInfo.valueType, 2);
      case SequenceInfo sequence -> values(node.getName(), sequence.sequenceType, 1);
      case MapInfo map -> values(node.getName(), map.valueType, 1);
      default -> Optional.empty();
    };
  }

  private static Optional<OutputReader> ofTensor(String name, TensorInfo tensor) {
    ValueInfo described = OrtTypes.describe(name, tensor);
    if (tensor.type == OnnxJavaType.STRING) {
      ValueInfo ids = new ValueInfo(name, Optional.of(DType.INT64), described.dims());
      return Optional.of(new OutputReader(ids, false));
    }
    return described.dtype().flatMap(OrtTypes::toJava).isPresent()
        ? Optional.of(new OutputReader(described, true))
        : Optional.empty();
  }

  private static Optional<OutputReader> values(String name, OnnxJavaType type, int rank) {
    List<Dim> dims = List.of(new Dim.Symbolic(""), new Dim.Symbolic(""));
    return ElementList.dtype(type)
        .map(dtype ->
            new OutputReader(
                new ValueInfo(name, Optional.of(dtype), Optional.of(dims.subList(0, rank))),
                false));
  }

  /**
   * Copies a value to the heap.
   *
   * @throws RunException if it is another than the model's description says
   */
  Tensor read(String model, OnnxValue value) throws OrtException {
    if (plain && value instanceof OnnxTensor tensor) {
      return Tensor.of(
          info.dtype().orElseThrow(),
          Shape.of(tensor.getInfo().getShape()),
          MemorySegment.ofBuffer(tensor.getByteBuffer()));
    }
    ElementList elements = new ElementList(info.dtype().orElseThrow());
    switch (value) {
      case OnnxTensor tensor -> {
        elements.add(tensor);
        return elements.tensor(Shape.of(tensor.getInfo().getShape()));
      }
      case OnnxMap map -> elements.add(map.getValue());
      case OnnxSequence sequence -> {
        return ofSequence(sequence, elements);
      }
      default ->
          throw new RunException(
              "%s: output '%s' is %s, which cannot be read"
                  .formatted(model, info.name(), value.getInfo()));
    }
    return elements.tensor(Shape.of(elements.size()));
  }

  private static Tensor ofSequence(OnnxSequence sequence, ElementList elements)
      throws OrtException {
    List<? extends OnnxValue> members = sequence.getValue();
    try {
      int keys = -1;
      boolean rows = sequence.getInfo().isSequenceOfMaps();
      for (OnnxValue member : members) {
        int before = elements.size();
        switch (member) {
          case OnnxTensor tensor -> elements.add(tensor);
          case OnnxMap map -> elements.add(map.getValue());
          default -> throw new RunException("a sequence holds " + member.getInfo());
        }
        rows &= keys < 0 || keys == elements.size() - before;
        keys = elements.size() - before;
      }
      return elements.tensor(
          rows ? Shape.of(members.size(), Math.max(keys, 0)) : Shape.of(elements.size()));
    } finally {
      members.forEach(OnnxValue::close);
    }
  }
}
