package dev.swage.run;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model loaded in ONNX Runtime's CPU provider.
 *
 * <p>{@link #run} may be called from several threads at once. {@link #close} frees the native
 * memory and must not overlap a run; a closed session refuses to run.
 */
public final class ModelSession implements AutoCloseable {
  /** Weights of models that are passed in memory. */
  private static final long IN_MEMORY = 256L << 20;

  private final String name;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final List<ValueInfo> inputs;
  private final List<ValueInfo> outputs;
  private final CarriedStates states;
  private Optional<LentWeights> lent = Optional.empty();
  private volatile boolean closed;

  private ModelSession(String name, OrtEnvironment environment, OrtSession session)
      throws OrtException {
    this.name = name;
    this.environment = environment;
    this.session = session;
    this.inputs = describe(session.getInputInfo().values());
    this.outputs = describe(session.getOutputInfo().values());
    this.states = CarriedStates.parse(session.getMetadata().getCustomMetadata(), inputs, outputs);
  }

  /** Opens a model file with {@link SessionOptions#defaults}. */
  public static ModelSession open(Path model) {
    return open(model, SessionOptions.defaults());
  }

  /**
   * Opens a model file; weights beside it are found by ONNX Runtime.
   *
   * @throws RunException if there is no such file or ONNX Runtime cannot load it
   */
  public static ModelSession open(Path model, SessionOptions options) {
    if (!Files.isRegularFile(model)) {
      throw new RunException("%s: no such model file".formatted(model));
    }
    return open(model.toString(), model, options);
  }

  /** Opens a model file that goes by another name in errors. */
  static ModelSession open(String name, Path model, SessionOptions options) {
    return load(
        name, options, (environment, ort) -> environment.createSession(model.toString(), ort));
  }

  /**
   * Opens a model held in memory.
   *
   * @param name what to call it in errors
   * @throws RunException if ONNX Runtime cannot load it
   */
  public static ModelSession open(String name, byte[] model, SessionOptions options) {
    return load(name, options, (environment, ort) -> environment.createSession(model, ort));
  }

  /**
   * Opens a model that is no file: from memory, or, where its weights take more than 256 MiB, by
   * way of a temporary one.
   *
   * @param name what to call it in errors
   * @throws RunException if ONNX Runtime cannot load it, or there is no room for the file
   */
  public static ModelSession open(String name, OnnxModel model, SessionOptions options) {
    return open(name, model, options, Path.of(System.getProperty("java.io.tmpdir")), IN_MEMORY);
  }

  /**
   * The same with the temporary file in a folder of the caller's, where its name is gone as soon as
   * the model is open.
   *
   * @param inMemory what weights may take without the file, in bytes
   */
  public static ModelSession open(
      String name, OnnxModel model, SessionOptions options, Path folder, long inMemory) {
    if (model.graph().weightBytes() <= inMemory) {
      return lending(name, model, options);
    }
    try (SpilledModel spilled = SpilledModel.of(name, model, folder)) {
      return open(name, spilled.file(), options);
    }
  }

  private static ModelSession lending(String name, OnnxModel model, SessionOptions options) {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "swage");
    LentWeights weights = null;
    try {
      weights = LentWeights.of(model, environment);
      LentWeights lent = weights;
      ModelSession session =
          load(
              name,
              options,
              (env, ort) -> {
                if (!lent.tensors().isEmpty()) {
                  ort.addExternalInitializers(lent.tensors());
                }
                return env.createSession(lent.message(), ort);
              });
      session.lent = Optional.of(weights);
      return session;
    } catch (OrtException e) {
      throw failure(name, "cannot load", e);
    } catch (RuntimeException e) {
      if (weights != null) {
        weights.close();
      }
      throw e;
    }
  }

  private static ModelSession load(String name, SessionOptions options, Loader loader) {
    // Failures come back as exceptions; logging them as well would say everything twice.
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "swage");
    try (OrtSession.SessionOptions ort = toOrt(options)) {
      return new ModelSession(name, environment, loader.load(environment, ort));
    } catch (OrtException e) {
      throw failure(name, "cannot load", e);
    }
  }

  private static OrtSession.SessionOptions toOrt(SessionOptions options) throws OrtException {
    OrtSession.SessionOptions ort = new OrtSession.SessionOptions();
    ort.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    ort.setOptimizationLevel(
        switch (options.optimization()) {
          case NONE -> OrtSession.SessionOptions.OptLevel.NO_OPT;
          case BASIC -> OrtSession.SessionOptions.OptLevel.BASIC_OPT;
          case EXTENDED -> OrtSession.SessionOptions.OptLevel.EXTENDED_OPT;
          case ALL -> OrtSession.SessionOptions.OptLevel.ALL_OPT;
        });
    // Threads that wait for a next run take the cores from sessions that run meanwhile.
    ort.addConfigEntry("session.force_spinning_stop", "1");
    if (options.threads().isPresent()) {
      ort.setIntraOpNumThreads(options.threads().getAsInt());
    }
    if (options.matMulAccuracy().isPresent()) {
      ort.addConfigEntry(
          "session.qdq_matmulnbits_accuracy_level",
          Integer.toString(options.matMulAccuracy().get().level()));
    }
    if (options.weightsFolded()) {
      // Without its handling of QDQ pairs, constant folding takes the DequantizeLinear of weights.
      ort.addConfigEntry("session.disable_quant_qdq", "1");
    }
    if (options.shapesVary()) {
      // A plan of the memory would be kept for every shape that ever comes.
      ort.setMemoryPatternOptimization(false);
    }
    if (options.optimizedModel().isPresent()) {
      ort.setOptimizedModelFilePath(options.optimizedModel().get().toString());
    }
    if (options.profile().isPresent()) {
      ort.enableProfiling(options.profile().get().toString());
    }
    return ort;
  }

  /** Version of ONNX Runtime in use. */
  public static String runtimeVersion() {
    return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "swage")
        .getVersion();
  }

  /** What this session calls its model: the path, or the name it was opened under. */
  public String name() {
    return name;
  }

  /** Inputs the model wants, in the order {@link #run} takes them. */
  public List<ValueInfo> inputs() {
    return inputs;
  }

  /** Outputs, in the order {@link #run} gives them. */
  public List<ValueInfo> outputs() {
    return outputs;
  }

  /** Which inputs are states that outputs carry on. */
  CarriedStates states() {
    return states;
  }

  /**
   * Runs the model once. Inputs in native memory are read in place, others copied once; outputs are
   * copied once, to the heap.
   *
   * @param tensors one per {@link #inputs}, in that order
   * @return one per {@link #outputs}, in that order
   * @throws RunException if count, type or shape is not what the model wants, or the run fails
   */
  public List<Tensor> run(List<Tensor> tensors) {
    try (BoundInputs bound = bind(tensors);
        OrtSession.Result result = session.run(bound.tensors())) {
      List<Tensor> copies = new ArrayList<>();
      for (int i = 0; i < result.size(); i++) {
        copies.add(copy(outputs.get(i), result.get(i)));
      }
      return List.copyOf(copies);
    } catch (OrtException e) {
      throw failure(name, "cannot run", e);
    }
  }

  /** Inputs made ready once, to be run many times. */
  BoundInputs bind(List<Tensor> tensors) {
    if (closed) {
      throw new IllegalStateException("the session of " + name + " is closed");
    }
    InputCheck.require(name, inputs, tensors);
    try {
      return BoundInputs.bind(environment, inputs, tensors);
    } catch (OrtException e) {
      throw failure(name, "cannot run", e);
    }
  }

  /**
   * Runs the model for some of its outputs, of which ONNX Runtime writes those pinned to where they
   * are bound.
   */
  OrtSession.Result run(
      Map<String, OnnxTensor> bound, Set<String> requested, Map<String, OnnxTensor> pinned) {
    try {
      return session.run(bound, requested, pinned);
    } catch (OrtException e) {
      throw failure(name, "cannot run", e);
    }
  }

  OrtEnvironment environment() {
    return environment;
  }

  /** Nanoseconds of one run, without copying anything in or out. */
  long time(BoundInputs bound) {
    try {
      long start = System.nanoTime();
      OrtSession.Result result = session.run(bound.tensors());
      long nanos = System.nanoTime() - start;
      result.close();
      return nanos;
    } catch (OrtException e) {
      throw failure(name, "cannot run", e);
    }
  }

  /** Writes the times of all nodes in all runs to a file, and ends timing them. */
  Path endProfile() {
    try {
      return Path.of(session.endProfiling());
    } catch (OrtException e) {
      throw failure(name, "cannot profile", e);
    }
  }

  private Tensor copy(ValueInfo output, OnnxValue value) {
    DType dtype = output.dtype().orElse(null);
    if (!(value instanceof OnnxTensor tensor)
        || dtype == null
        || OrtTypes.toJava(dtype).isEmpty()) {
      throw new RunException(
          "%s: output %s cannot be read through ONNX Runtime's Java API"
              .formatted(name, OrtTypes.format(output)));
    }
    return Tensor.of(
        dtype,
        Shape.of(tensor.getInfo().getShape()),
        MemorySegment.ofBuffer(tensor.getByteBuffer()));
  }

  private static List<ValueInfo> describe(Collection<NodeInfo> nodes) {
    return nodes.stream().map(node -> OrtTypes.describe(node.getName(), node.getInfo())).toList();
  }

  private static RunException failure(String name, String action, OrtException cause) {
    String message = String.valueOf(cause.getMessage()).strip().replaceAll("\\s+", " ");
    return new RunException("%s: ONNX Runtime %s it: %s".formatted(name, action, message), cause);
  }

  /** Frees the session; closing twice does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      session.close();
    } catch (OrtException e) {
      throw failure(name, "cannot close", e);
    } finally {
      lent.ifPresent(LentWeights::close);
    }
  }

  /** One way of handing a model to ONNX Runtime. */
  private interface Loader {
    OrtSession load(OrtEnvironment environment, OrtSession.SessionOptions options)
        throws OrtException;
  }
}
