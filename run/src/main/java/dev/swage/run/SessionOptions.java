package dev.swage.run;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How ONNX Runtime runs a model. Operators that it lacks come from {@link CustomOperators},
 * whatever the options.
 *
 * @param threads threads within one operator; empty for one per physical core
 * @param optimization graph rewriting before the first run
 * @param matMulAccuracy the arithmetic of 4-bit matrix products that ONNX Runtime fuses from
 *     DequantizeLinear and MatMul; empty for its own choice (1.29: {@link MatMulAccuracy#INT8},
 *     fast, adds about 0.6 % relative error)
 * @param weightsFolded whether quantized weights are dequantized once, when the model is loaded: a
 *     weight-only model then runs at float32's speed and takes float32's memory. Otherwise ONNX
 *     Runtime multiplies with the codes where it can and dequantizes at every run where it cannot.
 *     Not for models whose activations are quantized too: these would run in float32
 * @param shapesVary whether inputs come in many shapes, so that nothing is to be kept for each
 * @param optimizedModel where to write the graph as optimized; empty for nowhere
 * @param profile the beginning of the name of the file that the times of all nodes are written to;
 *     empty for none. Timing them costs time at every run
 */
public record SessionOptions(
    OptionalInt threads,
    GraphOptimization optimization,
    Optional<MatMulAccuracy> matMulAccuracy,
    boolean weightsFolded,
    boolean shapesVary,
    Optional<Path> optimizedModel,
    Optional<Path> profile) {
  public SessionOptions {
    if (threads.isPresent() && threads.getAsInt() < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads.getAsInt());
    }
  }

  /** Graph optimization levels, each including those before it. */
  public enum GraphOptimization {
    /** The graph as written. */
    NONE,
    /** Constant folding and removal of redundant nodes. */
    BASIC,
    /** Fusions within the CPU's operators. */
    EXTENDED,
    /** Memory layout changes for the machine at hand. */
    ALL
  }

  /** How activations are held inside a product with 4-bit weights. */
  public enum MatMulAccuracy {
    /** float32: the same result as dequantizing first. */
    FLOAT32(1),
    FLOAT16(2),
    BFLOAT16(3),
    /** Activations quantized to int8 in blocks. */
    INT8(4);

    private final int level;

    MatMulAccuracy(int level) {
      this.level = level;
    }

    /** The number that stands for it in ONNX Runtime's options and in {@code MatMulNBits}. */
    public int level() {
      return level;
    }
  }

  /** All optimizations, one thread per physical core, nothing written. */
  public static SessionOptions defaults() {
    return new SessionOptions(
        OptionalInt.empty(),
        GraphOptimization.ALL,
        Optional.empty(),
        false,
        false,
        Optional.empty(),
        Optional.empty());
  }

  public SessionOptions withThreads(int count) {
    return new SessionOptions(
        OptionalInt.of(count),
        optimization,
        matMulAccuracy,
        weightsFolded,
        shapesVary,
        optimizedModel,
        profile);
  }

  public SessionOptions withOptimization(GraphOptimization level) {
    return new SessionOptions(
        threads, level, matMulAccuracy, weightsFolded, shapesVary, optimizedModel, profile);
  }

  public SessionOptions withMatMulAccuracy(MatMulAccuracy accuracy) {
    return new SessionOptions(
        threads,
        optimization,
        Optional.of(accuracy),
        weightsFolded,
        shapesVary,
        optimizedModel,
        profile);
  }

  public SessionOptions withWeightsFolded(boolean folded) {
    return new SessionOptions(
        threads, optimization, matMulAccuracy, folded, shapesVary, optimizedModel, profile);
  }

  public SessionOptions withShapesVary(boolean vary) {
    return new SessionOptions(
        threads, optimization, matMulAccuracy, weightsFolded, vary, optimizedModel, profile);
  }

  public SessionOptions withOptimizedModel(Path path) {
    return new SessionOptions(
        threads,
        optimization,
        matMulAccuracy,
        weightsFolded,
        shapesVary,
        Optional.of(path),
        profile);
  }

  public SessionOptions withProfile(Path prefix) {
    return new SessionOptions(
        threads,
        optimization,
        matMulAccuracy,
        weightsFolded,
        shapesVary,
        optimizedModel,
        Optional.of(prefix));
  }
}
