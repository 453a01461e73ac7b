package dev.swage.onnx;

import dev.swage.files.AtomicFile;
import dev.swage.files.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a model is written, with a data file beside it if it has one. The data file of {@code
 * net.onnx} is {@code net.onnx.<12 digits>.data}; the digits are the {@link Fingerprint} of its
 * bytes, so that other weights have another name. It is put into place first, when nothing refers
 * to it, and the model last. A process that is killed at any time leaves the old model with the old
 * weights or the new model with the new ones.
 *
 * <p>Then data files of this output that no model in the folder refers to are removed: those with
 * such a name that were there when this object was made, and {@code net.onnx.data} if the old model
 * referred to it.
 */
public final class ModelOutput {
  /** How far {@link #commit} came. */
  enum Step {
    DATA_IN_PLACE,
    MODEL_IN_PLACE
  }

  private final Path target;
  private final Path unnumbered;
  private final Set<Path> earlier;

  private ModelOutput(Path target) {
    this.target = target;
    this.unnumbered = target.resolveSibling(target.getFileName() + ".data");
    this.earlier = earlier(target);
  }

  /**
   * The output at a path, written through where it is a link.
   *
   * @throws java.nio.file.FileSystemException if no file can be written there
   */
  public static ModelOutput at(Path path) throws IOException {
    return new ModelOutput(AtomicFile.resolve(path));
  }

  private static Set<Path> earlier(Path target) {
    Pattern name =
        Pattern.compile(
            Pattern.quote(target.getFileName() + ".")
                + "[0-9a-f]{"
                + Fingerprint.DIGITS
                + "}\\.data");
    return Set.copyOf(
        list(target, file -> name.matcher(String.valueOf(file.getFileName())).matches()));
  }

  private static List<Path> list(Path target, Predicate<Path> wanted) {
    try (Stream<Path> files = Files.list(target.resolveSibling(""))) {
      return files
          .filter(wanted)
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // A folder may be closed to readers; what lies in it then stays.
    }
  }

  /** The model's file, absolute and no link. */
  public Path target() {
    return target;
  }

  /** A data file's name. */
  String dataName(String fingerprint) {
    return target.getFileName() + "." + fingerprint + ".data";
  }

  /** Writes and syncs the data file beside its place, in one pass. */
  AtomicFile prepareData(AtomicFile.Content content) throws IOException {
    return AtomicFile.prepareNamed(unnumbered, content, this::dataName);
  }

  /**
   * Moves a model here, and its data file if it has one.
   *
   * @param written what {@link OnnxWriter} wrote in another folder on the same disk, with this
   *     output's file name
   * @throws IOException if it cannot be moved; what was here is then as before
   */
  public void take(Path written) throws IOException {
    List<Path> data =
        OnnxReader.locations(written).stream()
            .map(written::resolveSibling)
            .filter(ModelOutput.at(written).earlier::contains)
            .toList();
    if (data.size() > 1) {
      throw new IOException("%s has %d data files".formatted(written, data.size()));
    }
    commit(
        AtomicFile.moving(written, target),
        data.stream()
            .findFirst()
            .map(file -> AtomicFile.moving(file, target.resolveSibling(file.getFileName()))),
        step -> {});
  }

  /**
   * Puts both files into place.
   *
   * @param then told each step that was taken
   * @throws IOException if one cannot be put there; both are then as before
   */
  void commit(AtomicFile model, Optional<AtomicFile> data, Consumer<Step> then) throws IOException {
    Set<Path> obsolete = obsolete(model.path());
    boolean known = data.isEmpty() || Files.exists(data.get().target());
    try {
      if (data.isPresent()) {
        data.get().commit();
        then.accept(Step.DATA_IN_PLACE);
      }
      model.commit();
    } catch (IOException e) {
      if (!known && !model.isInPlace()) {
        Files.deleteIfExists(data.get().target());
      }
      throw e;
    }
    then.accept(Step.MODEL_IN_PLACE);
    remove(obsolete);
  }

  /** Data files here that are of no use when this model is in place. */
  private Set<Path> obsolete(Path model) {
    Set<Path> obsolete = new HashSet<>(earlier);
    if (Files.isRegularFile(unnumbered, LinkOption.NOFOLLOW_LINKS)
        && references(target).contains(unnumbered)) {
      obsolete.add(unnumbered);
    }
    if (!obsolete.isEmpty()) {
      obsolete.removeAll(references(model));
      others().forEach(other -> obsolete.removeAll(references(other)));
    }
    return obsolete;
  }

  /** Other models in the folder: one that was copied or renamed keeps its data file. */
  private List<Path> others() {
    return list(target, file -> file.toString().endsWith(".onnx") && !file.equals(target));
  }

  /** Files in the output's folder that a model, once it lies there, refers to. */
  private Set<Path> references(Path model) {
    try {
      return OnnxReader.locations(model).stream()
          .map(target::resolveSibling)
          .collect(Collectors.toSet());
    } catch (OnnxException e) {
      return Set.of(); // It is no model.
    }
  }

  private static void remove(Set<Path> files) {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The model is written. The next writing of it tries again.
      }
    }
  }
}
