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
 * The parameters and gradients of a transformer language model, in tensors as real ones have them:
 * one very large, many of a quarter to one million, many of a few hundred elements. Parameters lie
 * one after another in one block, gradients in another, each tensor on a 64-byte boundary.
 */
final class ParameterSet {
  private static final long ALIGNMENT = 64;

  private final List<Tensor> tensors = new ArrayList<>();
  private final MemorySegment parameterBlock;
  private final MemorySegment gradientBlock;
  private final long elements;

  private record Tensor(String layer, String name, Shape shape, long offset) {
    ParameterInfo info() {
      return ParameterInfo.of(layer + "." + name, layer, shape);
    }

    long bytes() {
      return DType.FLOAT32.bytes(shape.elements());
    }
  }

  private ParameterSet(Arena arena, int vocabulary, int width, int blocks, float gradient) {
    long end = add(0, "embedding", "weight", Shape.of(vocabulary, width));
    for (int i = 0; i < blocks; i++) {
      String block = "block" + i;
      end = addLinear(end, block + ".attention", 3 * width, width);
      end = addLinear(end, block + ".projection", width, width);
      end = addLinear(end, block + ".expand", 4 * width, width);
      end = addLinear(end, block + ".contract", width, 4 * width);
      for (String norm : List.of(".norm1", ".norm2")) {
        end = add(end, block + norm, "weight", Shape.of(width));
        end = add(end, block + norm, "bias", Shape.of(width));
      }
    }
    parameterBlock = arena.allocate(end, ALIGNMENT);
    gradientBlock = arena.allocate(end, ALIGNMENT);
    elements = tensors.stream().mapToLong(t -> t.shape().elements()).sum();
    fill(parameterBlock, 0.02f, new SplittableRandom(1));
    fill(gradientBlock, gradient, new SplittableRandom(2));
  }

  /** 145 tensors that hold 50.1 million parameters. */
  static ParameterSet fiftyMillion(Arena arena) {
    return new ParameterSet(arena, 24_000, 512, 12, 0.001f);
  }

  /** The same kinds of tensors, small, with gradients of this standard deviation: for tests. */
  static ParameterSet small(Arena arena, float gradient) {
    return new ParameterSet(arena, 100, 16, 2, gradient);
  }

  private long addLinear(long at, String layer, int out, int in) {
    return add(add(at, layer, "weight", Shape.of(out, in)), layer, "bias", Shape.of(out));
  }

  /** Adds a tensor at this byte offset and returns where the next may begin. */
  private long add(long at, String layer, String name, Shape shape) {
    tensors.add(new Tensor(layer, name, shape, at));
    return Math.ceilDiv(at + DType.FLOAT32.bytes(shape.elements()), ALIGNMENT) * ALIGNMENT;
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
