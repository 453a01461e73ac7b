package dev.swage.bench;

import dev.swage.clip.Gradients;
import dev.swage.clip.ParameterInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.train.Parameter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The parameters and gradients of a network, in tensors as real ones have them. Parameters lie one
 * after another in one block, gradients in another, each tensor on a 64-byte boundary.
 */
final class ParameterSet {
  private static final long ALIGNMENT = 64;

  private final List<Tensor> tensors;
  private final MemorySegment parameterBlock;
  private final MemorySegment gradientBlock;
  private final long elements;

  private record Tensor(ParameterInfo info, long offset) {
    Shape shape() {
      return info.shape();
    }

    long bytes() {
      return DType.FLOAT32.bytes(shape().elements());
    }

    long end() {
      return Math.ceilDiv(offset + bytes(), ALIGNMENT) * ALIGNMENT;
    }
  }

  private ParameterSet(Arena arena, List<ParameterInfo> parameters, float gradient) {
    List<Tensor> placed = new ArrayList<>();
    long end = 0;
    for (ParameterInfo parameter : parameters) {
      placed.add(new Tensor(parameter, end));
      end = placed.getLast().end();
    }
    tensors = List.copyOf(placed);
    parameterBlock = arena.allocate(end, ALIGNMENT);
    gradientBlock = arena.allocate(end, ALIGNMENT);
    elements = tensors.stream().mapToLong(t -> t.shape().elements()).sum();
    fill(parameterBlock, 0.02f, new SplittableRandom(1));
    fill(gradientBlock, gradient, new SplittableRandom(2));
  }

  /** 145 tensors of a transformer language model that hold 50.1 million parameters. */
  static ParameterSet fiftyMillion(Arena arena) {
    return new ParameterSet(arena, NetworkShapes.transformer(24_000, 512, 12), 0.001f);
  }

  /** The 161 tensors of ResNet-50: 25.6 million parameters. */
  static ParameterSet resNet50(Arena arena) {
    return new ParameterSet(arena, NetworkShapes.resNet(64, 1000, 3, 4, 6, 3), 0.001f);
  }

  /** The transformer's kinds of tensors, small, with gradients of this standard deviation. */
  static ParameterSet small(Arena arena, float gradient) {
    return new ParameterSet(arena, NetworkShapes.transformer(100, 16, 2), gradient);
  }

  /** ResNet's kinds of tensors, small. */
  static ParameterSet smallResNet(Arena arena) {
    return new ParameterSet(arena, NetworkShapes.resNet(4, 10, 1, 2), 0.001f);
  }

  /** Sums of four uniform numbers: near enough to a normal distribution, and quick to draw. */
  private static void fill(MemorySegment block, float deviation, SplittableRandom random) {
    for (long at = 0; at < block.byteSize(); at += Float.BYTES) {
      long bits = random.nextLong();
      int sum = 0;
      for (int i = 0; i < 4; i++) {
        sum += (short) (bits >>> (16 * i));
      }
      block.set(ValueLayout.JAVA_FLOAT, at, sum * deviation / 37_837f);
    }
  }

  /** How many parameters there are. */
  long elements() {
    return elements;
  }

  List<Shape> shapes() {
    return tensors.stream().map(Tensor::shape).toList();
  }

  MemorySegment parameter(int index) {
    return slice(parameterBlock, tensors.get(index));
  }

  MemorySegment gradient(int index) {
    return slice(gradientBlock, tensors.get(index));
  }

  private static MemorySegment slice(MemorySegment block, Tensor tensor) {
    return block.asSlice(tensor.offset(), tensor.bytes());
  }

  /** All parameters, with a few zero bytes between tensors. */
  MemorySegment parameterBlock() {
    return parameterBlock;
  }

  /** All gradients, with a few zero bytes between tensors. */
  MemorySegment gradientBlock() {
    return gradientBlock;
  }

  /** The parameters as an optimizer takes them. */
  List<Parameter> parameters() {
    return tensors.stream().map(t -> new Parameter(t.info(), slice(parameterBlock, t))).toList();
  }

  /** The gradients as a clipper takes them. */
  Gradients gradients() {
    return Gradients.of(
        tensors.stream()
            .map(t ->
                new Gradients.Entry(t.info(), slice(gradientBlock, t), slice(parameterBlock, t)))
            .toList());
  }
}
