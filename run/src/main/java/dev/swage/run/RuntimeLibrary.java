package dev.swage.run;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import dev.swage.files.UnpackedLibrary;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URL;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Loads ONNX Runtime's native library from a folder that all processes of a user share. Left alone,
 * its loader unpacks 28 MB for each process, which stay when that is killed.
 */
final class RuntimeLibrary {
  private static final String PLACE = "onnxruntime.native.path";
  private static final String CLASS = "ai.onnxruntime.OnnxRuntime";
  private static final List<String> NAMES =
      List.of("onnxruntime", "onnxruntime4j_jni", "onnxruntime_providers_shared");

  /** The loader makes a temporary folder even so, which is empty; younger ones may be in use. */
  private static final String TEMPORARY = "onnxruntime-java";

  private static final Duration IN_USE = Duration.ofMillis(500);

  /** Address space alone, until it is used. */
  private static final long STACK = 512L << 20;

  private static boolean prepared;

  private RuntimeLibrary() {}

  /** ONNX Runtime's environment; failures come back as exceptions, so that it logs none. */
  static OrtEnvironment environment() {
    load();
    return create();
  }

  /** Loads it, before any other class of ONNX Runtime is used. */
  static synchronized void load() {
    if (prepared) {
      return;
    }
    prepared = true;
    if (System.getProperty(PLACE) == null) {
      unpacked().ifPresent(folder -> System.setProperty(PLACE, folder.toString()));
    }
    removeEmpty();
    start();
    removeOwn();
  }

  /**
   * On a thread of much stack: when it starts, ONNX Runtime 1.29 goes through the process's command
   * line with a recursion as deep as that is long, and a long class path would end the process.
   */
  private static void start() {
    FutureTask<OrtEnvironment> start = new FutureTask<>(RuntimeLibrary::create);
    Thread thread = new Thread(null, start, "swage-onnxruntime", STACK);
    thread.setDaemon(true);
    thread.start();
    try {
      start.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new RunException("ONNX Runtime cannot be started: " + e.getCause(), e);
    }
  }

  private static OrtEnvironment create() {
    return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "swage");
  }

  private static Optional<Path> unpacked() {
    List<URL> libraries = new ArrayList<>();
    for (String name : NAMES) {
      URL found =
          OrtEnvironment.class.getResource(
              "/ai/onnxruntime/native/" + platform() + "/" + System.mapLibraryName(name));
      if (found != null) {
        libraries.add(found);
      }
    }
    return libraries.isEmpty() ? Optional.empty() : UnpackedLibrary.of("onnxruntime", libraries);
  }

  /** As ONNX Runtime calls it; another platform is left to its own loader. */
  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    String name = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
    return name + "-" + (processor.matches("amd64|x86_64") ? "x64" : processor);
  }

  /** What loaders of killed processes left: nobody needs an empty folder. */
  private static void removeEmpty() {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, TEMPORARY + "*")) {
      Instant old = Instant.now().minus(IN_USE);
      for (Path each : found) {
        if (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)
            && Files.getLastModifiedTime(each, LinkOption.NOFOLLOW_LINKS)
                .toInstant()
                .isBefore(old)) {
          deleteEmpty(each);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // The next process looks again.
    }
  }

  /** The loader's own folder, which it would delete at the end of the process only. */
  private static void removeOwn() {
    try {
      Field field = Class.forName(CLASS).getDeclaredField("tempDirectory");
      field.setAccessible(true);
      if (field.get(null) instanceof Path folder) {
        deleteEmpty(folder);
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      // Another version has no such field, or nobody may see it: the folder goes with the process.
    }
  }

  private static void deleteEmpty(Path folder) {
    try {
      Files.delete(folder);
    } catch (IOException e) {
      // It is not empty, or somebody else's.
    }
  }
}
