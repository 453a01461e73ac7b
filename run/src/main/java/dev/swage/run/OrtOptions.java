package dev.swage.run;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.swage.run.limit.RunLimits;

/** {@link SessionOptions} in ONNX Runtime's own form. */
final class OrtOptions {
  /** What ONNX Runtime computes ahead when it loads a model, each value for itself. */
  private static final String LARGEST_CONSTANT =
      "optimization.constant_folding_max_output_size_in_bytes";

  private OrtOptions() {}

  /**
   * To be closed once the session is open.
   *
   * @param modelBytes of the model, as far as they are known
   */
  static OrtSession.SessionOptions of(SessionOptions options, long modelBytes) throws OrtException {
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
    CustomOperators.register(ort);
    ort.addConfigEntry(LARGEST_CONSTANT, Long.toString(largestConstant(options, modelBytes)));
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

  private static long largestConstant(SessionOptions options, long modelBytes) {
    RunLimits limits = RunLimits.current();
    return options.weightsFolded() ? limits.memory() / 2 : limits.constantBytes(modelBytes);
  }

  /** A failure's message without line breaks. */
  static String oneLine(OrtException failure) {
    return String.valueOf(failure.getMessage()).strip().replaceAll("\\s+", " ");
  }
}
