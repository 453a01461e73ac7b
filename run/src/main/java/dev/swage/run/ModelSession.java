package dev.swage.run;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.watch.RunWatch;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model loaded in ONNX Runtime's CPU provider.
 *
 * <p>{@link #run} may be called from several threads at once. {@link #close} frees the native
 * memory and must not overlap a run; a closed session refuses to run.
 */
public final class ModelSession implements AutoCloseable {
  /** Weights of models that are passed in memory. */
  private static final long IN_MEMORY = 256L << 20;

  /** What ONNX Runtime's Java API says of a model with an optional among inputs or outputs. */
  private static final String NOT_DESCRIBED = "Invalid ONNXType found";

  private final String name;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final List<ValueInfo> inputs;
  private final List<ValueInfo> described;
  private final List<OutputReader> readers;
  private final List<ValueInfo> outputs;
  private final Set<String> requested;
  private final List<String> unreadable;
  private final CarriedStates states;
  private final Map<String, String> metadata;
  private final RunWatch watch = new RunWatch();
  private Optional<LentWeights> lent = Optional.empty();
  private volatile boolean oneAtATime;
  private volatile boolean closed;

  private ModelSession(
      String name, OrtEnvironment environment, OrtSession session, List<String> leftOut)
      throws OrtException {
    this.name = name;
    this.environment = environment;
    this.session = session;
    this.inputs = describe(session.getInputInfo().values());
    Collection<NodeInfo> given = session.getOutputInfo().values();
    this.described = describe(given);
    this.readers = given.stream().flatMap(node -> OutputReader.of(node).stream()).toList();
    this.outputs = readers.stream().map(OutputReader::info).toList();
    this.requested =
        outputs.stream().map(ValueInfo::name).collect(Collectors.toCollection(LinkedHashSet::new));
    this.unreadable =
        Stream.concat(
                given.stream().map(NodeInfo::getName).filter(output -> !requested.contains(output)),
                leftOut.stream())
            .toList();
    this.metadata = session.getMetadata().getCustomMetadata();
    this.states = CarriedStates.parse(metadata, inputs, outputs);
  }

  /** Opens a model file with {@link SessionOptions#defaults}. */
  public static ModelSession open(Path model) {
    return open(model, SessionOptions.defaults());
  }

  /**
   * Opens a model file. Where weights lie in files beside it, a copy of all is opened that is gone
   * afterwards: ONNX Runtime maps those, and a file that is cut off meanwhile would end the
   * process.
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
  public static ModelSession open(String name, Path model, SessionOptions options) {
    List<Path> files = OnnxReader.files(model);
    if (options.optimizedModel().isEmpty() && CopiedModel.isNeeded(model, files)) {
      try (CopiedModel copied = CopiedModel.of(model, files)) {
        return load(name, model, copied.file(), options);
      }
    }
    return load(name, model, model, options);
  }

  private static ModelSession load(String name, Path model, Path file, SessionOptions options) {
    return load(
        name,
        options,
        size(model),
        (environment, ort) -> environment.createSession(file.toString(), ort),
        () -> OnnxReader.read(model));
  }

  private static Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static long size(Path model) {
    try {
      return Files.size(model);
    } catch (IOException e) {
      throw new RunException("%s: cannot be read: %s".formatted(model, e.getMessage()), e);
    }
  }

  /**
   * Opens a model held in memory.
   *
   * @param name what to call it in errors
   * @throws RunException if ONNX Runtime cannot load it
   */
  public static ModelSession open(String name, byte[] model, SessionOptions options) {
    return load(
        name,
        options,
        model.length,
        (environment, ort) -> environment.createSession(model, ort),
        () -> OnnxReader.parse(model, name));
  }

  /**
   * Opens a model that is no file: from memory, or, where its weights take more than 256 MiB, by
   * way of a temporary one.
   *
   * @param name what to call it in errors
   * @throws RunException if ONNX Runtime cannot load it, or there is no room for the file
   */
  public static ModelSession open(String name, OnnxModel model, SessionOptions options) {
    return open(name, model, options, temporary(), IN_MEMORY);
  }

  /**
   * The same with the temporary file in a folder of the caller's, where its name is gone as soon as
   * the model is open.
   *
   * @param inMemory what weights may take without the file, in bytes
   */
  public static ModelSession open(
      String name, OnnxModel model, SessionOptions options, Path folder, long inMemory) {
    OnnxModel rest = OptionalValues.removedFrom(model);
    List<String> leftOut = new ArrayList<>();
    model.graph().outputs().forEach(output -> leftOut.add(output.name()));
    rest.graph().outputs().forEach(output -> leftOut.remove(output.name()));
    if (rest.graph().weightBytes() <= inMemory) {
      return lending(name, rest, options, leftOut);
    }
    try (SpilledModel spilled = SpilledModel.of(name, rest, folder)) {
      String file = spilled.file().toString();
      return load(
          name,
          options,
          rest.graph().weightBytes(),
          (environment, ort) -> environment.createSession(file, ort),
          leftOut);
    } catch (OrtException e) {
      throw failure(name, "cannot load", e);
    }
  }

  private static ModelSession lending(
      String name, OnnxModel model, SessionOptions options, List<String> leftOut) {
    LentWeights weights = null;
    try {
      weights = LentWeights.of(model, RuntimeLibrary.environment());
      LentWeights lent = weights;
      ModelSession session =
          load(
              name,
              options,
              model.graph().weightBytes(),
              (env, ort) -> {
                if (!lent.tensors().isEmpty()) {
                  ort.addExternalInitializers(lent.tensors());
                }
                return env.createSession(lent.message(), ort);
              },
              leftOut);
      session.lent = Optional.of(weights);
      return session;
    } catch (OrtException e) {
      close(weights);
      throw failure(name, "cannot load", e);
    } catch (RuntimeException e) {
      close(weights);
      throw e;
    }
  }

  private static void close(@Nullable LentWeights weights) {
    if (weights != null) {
      weights.close();
    }
  }

  /**
   * Loads a model; one that has an optional among its outputs is read and loaded without it, since
   * ONNX Runtime's Java API describes none of the outputs then.
   */
  private static ModelSession load(
      String name,
      SessionOptions options,
      long modelBytes,
      Loader loader,
      Supplier<OnnxModel> parsed) {
    try {
      return load(name, options, modelBytes, loader, List.of());
    } catch (OrtException e) {
      if (!String.valueOf(e.getMessage()).contains(NOT_DESCRIBED)) {
        throw failure(name, "cannot load", e);
      }
      return open(name, parsed.get(), options);
    }
  }

  private static ModelSession load(
      String name, SessionOptions options, long modelBytes, Loader loader, List<String> leftOut)
      throws OrtException {
    OrtEnvironment environment = RuntimeLibrary.environment();
    try (OrtSession.SessionOptions ort = OrtOptions.of(options, modelBytes)) {
      OrtSession session = loader.load(environment, ort);
      try {
        return new ModelSession(name, environment, session, leftOut);
      } catch (OrtException | RuntimeException e) {
        session.close();
        throw e;
      }
    }
  }

  /** Version of ONNX Runtime in use. */
  public static String runtimeVersion() {
    return RuntimeLibrary.environment().getVersion();
  }

  /** What this session calls its model: the path, or the name it was opened under. */
  public String name() {
    return name;
  }

  /** Inputs the model wants, in the order {@link #run} takes them. */
  public List<ValueInfo> inputs() {
    return inputs;
  }

  /**
   * Outputs, in the order {@link #run} gives them: those that can be read as tensors, as {@link
   * OutputReader} says. Strings are int64 numbers there, maps and sequences their elements.
   */
  public List<ValueInfo> outputs() {
    return outputs;
  }

  /** Names of outputs that {@link #run} does not give, since ONNX Runtime's Java API cannot. */
  public List<String> unreadable() {
    return unreadable;
  }

  /** Outputs as ONNX Runtime describes them; without optionals, which it does not. */
  public List<ValueInfo> described() {
    return described;
  }

  /** Whether all outputs are tensors of numbers. */
  boolean isPlain() {
    return unreadable.isEmpty() && readers.stream().allMatch(OutputReader::plain);
  }

  /**
   * Whether the model failed on a batch and runs its samples one at a time, although it names a
   * batch axis: {@link BatchRetry}.
   */
  public boolean runsOneAtATime() {
    return oneAtATime;
  }

  void runOneAtATime() {
    oneAtATime = true;
  }

  /** Which inputs are states that outputs carry on. */
  CarriedStates states() {
    return states;
  }

  /**
   * Refuses data that means something else than what the model was trained on.
   *
   * @throws RunException naming what differs
   */
  public void requireSame(DataSource data) {
    schema()
        .conflict(data.schema())
        .ifPresent(conflict -> {
          throw new RunException("%s with %s: %s".formatted(name, data.name(), conflict));
        });
  }

  /** What the model knows of its data. */
  public DataSchema schema() {
    return DataSchema.parse(metadata);
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
        OrtSession.Result result = watched(bound.tensors(), requested(), Map.of())) {
      List<Tensor> copies = new ArrayList<>();
      for (OutputReader reader : readers) {
        copies.add(reader.read(name, result.get(reader.info().name()).orElseThrow()));
      }
      return List.copyOf(copies);
    } catch (OrtException e) {
      throw failure(name, "cannot run", e);
    }
  }

  /** What can be read, in the order of the outputs. */
  private Set<String> requested() {
    if (outputs.isEmpty()) {
      throw new RunException(
          "%s: none of its outputs (%s) can be read through ONNX Runtime's Java API"
              .formatted(name, String.join(", ", unreadable)));
    }
    return requested;
  }

  /** Inputs made ready once, to be run many times. */
  public BoundInputs bind(List<Tensor> tensors) {
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
      return watched(bound, requested, pinned);
    } catch (OrtException e) {
      throw failure(name, "cannot run", e);
    }
  }

  /** Where every run begins. */
  private OrtSession.Result watched(
      Map<String, OnnxTensor> bound, Set<String> wanted, Map<String, OnnxTensor> pinned)
      throws OrtException {
    return watch.run(options -> session.run(bound, wanted, pinned, options), this::limited);
  }

  private RunException limited(String reason) {
    return RunException.limited(
        "%s: %s; --run-seconds and --run-memory set what a run may take".formatted(name, reason));
  }

  /**
   * As {@link #run(Map, Set, Map)} with nothing pinned; afterwards ONNX Runtime gives memory back
   * that it does not use. It keeps it otherwise, for a next run like this one.
   */
  OrtSession.Result runOnce(Map<String, OnnxTensor> bound, Set<String> requested) {
    try {
      return watch.runOnce(
          options -> session.run(bound, requested, Map.of(), options), this::limited);
    } catch (OrtException e) {
      throw failure(name, "cannot run", e);
    }
  }

  OrtEnvironment environment() {
    return environment;
  }

  /** Nanoseconds of one run, without copying anything in or out. */
  public long time(BoundInputs bound) {
    try {
      Set<String> requested = requested();
      long[] nanos = new long[1];
      watch
          .run(
              options -> {
                long start = System.nanoTime();
                OrtSession.Result result = session.run(bound.tensors(), requested, options);
                nanos[0] = System.nanoTime() - start;
                return result;
              },
              this::limited)
          .close();
      return nanos[0];
    } catch (OrtException e) {
      throw failure(name, "cannot run", e);
    }
  }

  /** Writes the times of all nodes in all runs to a file, and ends timing them. */
  public Path endProfile() {
    try {
      return Path.of(session.endProfiling());
    } catch (OrtException e) {
      throw failure(name, "cannot profile", e);
    }
  }

  private static List<ValueInfo> describe(Collection<NodeInfo> nodes) {
    return nodes.stream().map(node -> OrtTypes.describe(node.getName(), node.getInfo())).toList();
  }

  private static RunException failure(String name, String action, OrtException cause) {
    String message = OrtOptions.oneLine(cause);
    if (FailureHints.isOutOfMemory(message)) {
      return RunException.limited(
          "%s: ONNX Runtime %s it: it wants more memory than there is: %s"
              .formatted(name, action, message));
    }
    return new RunException(
        "%s: ONNX Runtime %s it: %s%s".formatted(name, action, message, FailureHints.of(message)),
        cause);
  }

  /** Frees the session; closing twice does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    watch.close();
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
