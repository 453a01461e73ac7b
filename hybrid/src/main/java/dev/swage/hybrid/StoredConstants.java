package dev.swage.hybrid;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/** Codes, scales and zero points that a graph stores, as conversions read them. */
final class StoredConstants {
  private static final int LAST_AXIS = 1;

  private final Graph graph;
  private final GraphIndex index;

  StoredConstants(Graph graph, GraphIndex index) {
    this.graph = graph;
    this.index = index;
  }

  /**
   * A weight that is stored as codes.
   *
   * @param name of what is stored
   * @param floats what its codes stand for
   * @param codes empty where they are wider than 8 bits, as those of a bias
   */
  record Weight(String name, Tensor floats, Optional<FileCodes> codes) {}

  /** A constant by its name. */
  Optional<Tensor> of(String name) {
    Tensor stored = graph.initializers().get(name);
    return stored != null
        ? Optional.of(stored)
        : index.producer(name).flatMap(Node::constantTensor);
  }

  /** One code; empty where it is no constant. */
  OptionalInt code(String name) {
    Optional<Tensor> constant = name.isEmpty() ? Optional.empty() : of(name);
    return constant.isPresent()
        ? OptionalInt.of((int) codes(constant.get())[0])
        : OptionalInt.empty();
  }

  /** Whether a node makes bytes of narrower codes that are stored. */
  boolean isUnpacking(Node node) {
    return node.is("Cast") && of(node.input(0)).filter(StoredConstants::isNarrow).isPresent();
  }

  private static boolean isNarrow(Tensor tensor) {
    return tensor.dtype().isInteger() && tensor.dtype().bits() < Byte.SIZE;
  }

  /** Codes that QuantizeLinear makes with one scale; empty where that is computed, or not one. */
  Optional<FileCodes> codesOfValue(Node quantize) {
    Optional<Tensor> scale = of(quantize.input(1)).filter(s -> s.dtype() == DType.FLOAT32);
    Optional<Tensor> zero = quantize.input(2).isEmpty() ? Optional.empty() : of(quantize.input(2));
    boolean computed = !quantize.input(2).isEmpty() && zero.isEmpty();
    if (computed || scale.isEmpty() || scale.get().shape().elements() != 1) {
      return Optional.empty();
    }
    DType type = zero.map(Tensor::dtype).orElse(DType.UINT8);
    int least = type.isSigned() ? -(1 << (type.bits() - 1)) : 0;
    int zeroPoint = zero.map(tensor -> (int) codes(tensor)[0]).orElse(0);
    return Optional.of(
        new FileCodes(
            Shape.of(),
            type,
            Granularity.perTensor(),
            new QuantParams(
                Shape.of(), new float[] {scale.get().getFloat(0)}, new int[] {zeroPoint}),
            least,
            least + (1 << type.bits()) - 1));
  }

  /** Whether DequantizeLinear has the scale and zero point of these codes, once or often. */
  boolean hasScale(Node dequantize, FileCodes codes) {
    Optional<Tensor> scale = of(dequantize.input(1)).filter(s -> s.dtype() == DType.FLOAT32);
    String zero = dequantize.input(2);
    boolean zeros =
        zero.isEmpty()
            ? codes.params().zeroPoints()[0] == 0
            : of(zero)
                .filter(tensor ->
                    Arrays.stream(codes(tensor))
                        .allMatch(code -> code == codes.params().zeroPoints()[0]))
                .isPresent();
    if (scale.isEmpty() || !zeros) {
      return false;
    }
    for (float each : scale.get().toFloats()) {
      if (each != codes.params().scales()[0]) {
        return false;
      }
    }
    return true;
  }

  /** What DequantizeLinear makes of codes that are stored; empty where something is computed. */
  Optional<Weight> weight(Node dequantize) {
    String name = dequantize.input(0);
    Optional<Node> unpacked = index.producer(name).filter(this::isUnpacking);
    String stored = unpacked.map(node -> node.input(0)).orElse(name);
    Optional<Tensor> codes = of(stored);
    Optional<Tensor> scale = of(dequantize.input(1)).filter(s -> s.dtype() == DType.FLOAT32);
    String zero = dequantize.input(2);
    Optional<Tensor> zeros = zero.isEmpty() ? Optional.empty() : of(zero);
    if (codes.isEmpty() || scale.isEmpty() || (!zero.isEmpty() && zeros.isEmpty())) {
      return Optional.empty();
    }
    Granularity parts = granularity(dequantize, codes.get().shape(), scale.get());
    Shape each = parts.paramShape(codes.get().shape());
    if (each.elements() != scale.get().shape().elements()) {
      return Optional.empty();
    }
    long[] zeroCodes =
        zeros.map(StoredConstants::codes).orElseGet(() -> new long[(int) each.elements()]);
    QuantParams params =
        new QuantParams(
            each,
            scale.get().toFloats(),
            Arrays.stream(zeroCodes).mapToInt(z -> (int) z).toArray());
    return Optional.of(weight(stored, codes.get(), parts, params));
  }

  /** A weight that is stored as these codes. */
  static Weight weight(String name, Tensor codes, Granularity parts, QuantParams params) {
    if (codes.dtype().bits() > Byte.SIZE) {
      return new Weight(name, wide(codes, parts, params), Optional.empty());
    }
    QuantScheme scheme = new QuantScheme(codes.dtype(), codes.dtype().bits(), false, parts);
    long[] all = codes(codes);
    FileCodes facts =
        new FileCodes(
            codes.shape(),
            codes.dtype(),
            parts,
            params,
            (int) Arrays.stream(all).min().orElse(0),
            (int) Arrays.stream(all).max().orElse(0));
    Tensor floats = Quantizer.dequantize(new QuantizedTensor(scheme, params, codes));
    return new Weight(name, floats, Optional.of(facts));
  }

  /** As kernels do it, the code in float32. */
  private static Tensor wide(Tensor codes, Granularity parts, QuantParams params) {
    long[] all = codes(codes);
    float[] floats = new float[all.length];
    long inner =
        parts instanceof Granularity.PerChannel(int axis)
            ? codes.shape().inner(axis)
            : Math.max(1, all.length);
    for (int i = 0; i < floats.length; i++) {
      int slot = (int) (i / inner % params.scales().length);
      floats[i] = (float) (all[i] - params.zeroPoints()[slot]) * params.scales()[slot];
    }
    return Tensor.ofFloats(codes.shape(), floats);
  }

  private static Granularity granularity(Node dequantize, Shape shape, Tensor scale) {
    int axis = (int) dequantize.intAttribute("axis", LAST_AXIS);
    int along = axis < 0 ? axis + shape.rank() : axis;
    int block = (int) dequantize.intAttribute("block_size", 0);
    if (block > 0) {
      return Granularity.perGroup(along, block);
    }
    return scale.shape().elements() == 1 && !isChannel(shape, along)
        ? Granularity.perTensor()
        : Granularity.perChannel(along);
  }

  /** Whether one scale is that of the only channel. */
  private static boolean isChannel(Shape shape, int axis) {
    return axis < shape.rank() && shape.dim(axis) == 1 && shape.rank() > 1;
  }

  /** Each code as a number. */
  private static long[] codes(Tensor tensor) {
    int bits = tensor.dtype().bits();
    long[] codes = new long[Math.toIntExact(tensor.shape().elements())];
    for (int i = 0; i < codes.length; i++) {
      long held =
          switch (bits) {
            case 32 -> tensor.data().getAtIndex(Tensor.LE_INT, i);
            case 16 -> tensor.data().getAtIndex(Tensor.LE_SHORT, i);
            default ->
                tensor.data().get(ValueLayout.JAVA_BYTE, (long) i * bits / 8)
                    >> (i * (long) bits % 8);
          };
      long low = held & (-1L >>> (64 - bits));
      boolean negative = tensor.dtype().isSigned() && low >>> (bits - 1) != 0;
      codes[i] = negative ? low - (1L << bits) : low;
    }
    return codes;
  }
}
