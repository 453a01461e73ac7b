package dev.swage.compress.write;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.weights.CodeMemory;
import dev.swage.compress.weights.ModelDraft;
import dev.swage.files.AtomicFile;
import dev.swage.files.WorkFolder;
import dev.swage.onnx.ExternalData;
import dev.swage.onnx.ModelOutput;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder beside an output in which a model, with a data file if it has one, is written and tried
 * before it is moved into place. Closing removes what was not moved ({@link WorkFolder}).
 */
public final class Staging implements AutoCloseable {
  private final ModelOutput output;
  private final WorkFolder work;
  private final Path folder;

  private Staging(ModelOutput output, WorkFolder work) {
    this.output = output;
    this.work = work;
    this.folder = work.path();
  }

  public static Staging beside(Path output) throws IOException {
    requireWritable(output);
    ModelOutput place = ModelOutput.at(absolute(output));
    return new Staging(place, WorkFolder.in(place.target().resolveSibling("")));
  }

  /**
   * Fails if an output cannot be written.
   *
   * @throws CompressException saying why
   */
  public static void requireWritable(Path output) {
    try {
      AtomicFile.resolve(absolute(output));
    } catch (IOException e) {
      throw CompressException.cannotWrite(output, e);
    }
  }

  private static Path absolute(Path output) {
    return output.toAbsolutePath().normalize();
  }

  /** The model file in the folder, named as the output. */
  public Path file() {
    return folder.resolve(output.target().getFileName());
  }

  /** A folder within it for files that are needed on the way; they are never moved. */
  public Path workFolder() throws IOException {
    return Files.createDirectories(folder.resolve("work"));
  }

  /** Fails with what the disk said: the caller knows a better name for the file. */
  private static void write(OnnxModel model, Path file, Consumer<String> arrivals)
      throws IOException {
    try {
      OnnxWriter.write(model, file, ExternalData.whenNeeded(), arrivals);
    } catch (OnnxException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /**
   * Begins to write a model on another thread, while the caller makes its codes.
   *
   * @param codes where they are kept
   * @throws IOException if the disk has no room for both
   */
  public Writing begin(ModelDraft draft, CodeMemory codes) throws IOException {
    codes.requireRoomBeside(draft.model().graph().weightBytes());
    return new Writing(draft, file());
  }

  /** A model that is being written. */
  public static final class Writing implements AutoCloseable {
    private final ModelDraft draft;
    private final CompletableFuture<@Nullable Void> written = new CompletableFuture<>();

    private Writing(ModelDraft draft, Path file) {
      this.draft = draft;
      Thread.ofPlatform().daemon().name("swage-writer").start(() -> run(file));
    }

    private void run(Path file) {
      try {
        write(draft.model(), file, draft.arrivals());
        written.complete(null);
      } catch (IOException | RuntimeException | Error e) {
        written.completeExceptionally(e);
        draft.abandon();
      }
    }

    /**
     * Makes the codes, and no more of them when the file cannot be written.
     *
     * @throws CompressException as {@link ModelDraft#make}
     * @throws IOException as {@link #finish}
     */
    public Map<String, ModelDraft.Made> make() throws IOException {
      try {
        return draft.make();
      } catch (CancellationException e) {
        finish();
        throw e;
      }
    }

    /**
     * Waits until all of it is on the disk.
     *
     * @throws IOException if it cannot be written
     */
    public void finish() throws IOException {
      try {
        written.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof IOException cause) {
          throw cause;
        }
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }

    /** Ends the writing, which leaves nothing of what is not finished. */
    @Override
    public void close() {
      draft.abandon();
      written.exceptionally(failure -> null).join();
    }
  }

  /**
   * Moves the files into place, the model last, so that the output is the old model or the new one
   * at any time, each with its own weights.
   *
   * @return bytes of all of them
   */
  public long commit() throws IOException {
    long bytes = bytes();
    output.take(file());
    return bytes;
  }

  /** Bytes of the files as they lie here. */
  public long bytes() throws IOException {
    long bytes = 0;
    for (Path written : files()) {
      bytes += Files.size(written);
    }
    return bytes;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> written = Files.list(folder)) {
      return written.filter(Files::isRegularFile).toList();
    }
  }

  @Override
  public void close() throws IOException {
    work.close();
  }
}
