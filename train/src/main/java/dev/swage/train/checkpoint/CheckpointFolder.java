package dev.swage.train.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.files.AtomicFile;
import dev.swage.files.Sha256;
import dev.swage.files.WorkFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder with a folder for each checkpoint, {@code step-00001000/}. A checkpoint is written under
 * a temporary name, synced, and renamed: under its own name it is whole.
 */
public final class CheckpointFolder {
  /** Name and version of the layout. */
  public static final String SCHEMA = "swage.checkpoint/1";

  private static final String MANIFEST = "manifest.json";
  private static final String STATE = "state.safetensors";
  private static final long LARGEST_MANIFEST = 64L << 20;
  private static final Pattern NAME = Pattern.compile("step-(\\d{8,18})(?:\\.(\\d{1,9}))?");
  private static final Pattern TEMPORARY = Pattern.compile("\\.step-[0-9a-z.]+\\.tmp");

  private final Path folder;

  /** The newest good checkpoint, if there is one, and what is wrong with those newer than it. */
  public record Found(Optional<Loaded> checkpoint, List<String> damaged) {
    public Found {
      damaged = List.copyOf(damaged);
    }
  }

  /** A checkpoint whose checksums were right. */
  public record Loaded(Path path, Snapshot snapshot) {}

  public CheckpointFolder(Path folder) {
    this.folder = folder;
  }

  /** The checkpoints by name, newest first; none when there is no such folder. */
  public List<Path> list() {
    return entries().stream()
        .filter(path -> step(path) >= 0)
        .sorted(
            Comparator.comparingLong(CheckpointFolder::step)
                .thenComparingLong(CheckpointFolder::revision)
                .reversed())
        .toList();
  }

  private List<Path> entries() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.toList();
    } catch (IOException e) {
      throw new CheckpointException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  private static long step(Path path) {
    Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
  }

  /** 0 of {@code step-00001000}, 1 of {@code step-00001000.1}. */
  private static long revision(Path path) {
    Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
    return name.matches() && name.group(2) != null ? Long.parseLong(name.group(2)) : 0;
  }

  /** The newest checkpoint that is whole. */
  public Found newest() {
    List<String> damaged = new ArrayList<>();
    for (Path path : list()) {
      try {
        return new Found(Optional.of(read(path)), damaged);
      } catch (CheckpointException e) {
        damaged.add(e.getMessage());
      } catch (IOException e) {
        damaged.add(path + ": cannot be read: " + e.getMessage());
      }
    }
    return new Found(Optional.empty(), damaged);
  }

  private static Loaded read(Path path) throws IOException {
    Checksums.verify(path, List.of(MANIFEST, STATE));
    Path file = path.resolve(MANIFEST);
    if (Files.size(file) > LARGEST_MANIFEST) {
      throw new CheckpointException("%s: larger than %d bytes".formatted(file, LARGEST_MANIFEST));
    }
    ObjectNode manifest =
        Json.parse(file.toString(), new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    String schema = manifest.path("schema").asText();
    if (!schema.equals(SCHEMA)) {
      throw new CheckpointException(
          "%s: schema is '%s', this version of Swage reads '%s'".formatted(file, schema, SCHEMA));
    }
    return new Loaded(
        path,
        new Snapshot(
            manifest.path("step").asLong(), manifest, SafeTensors.read(path.resolve(STATE))));
  }

  /**
   * Writes a checkpoint, makes it durable, and only then removes what it replaces: all but the last
   * {@code keep}, and any of the same or a later step, which the run has gone back behind.
   */
  public Path write(Snapshot snapshot, int keep) {
    try {
      Files.createDirectories(folder);
      removeTemporary();
      Path target = folder.resolve(freeName(snapshot.step()));
      try (WorkFolder work = WorkFolder.ofResult(folder)) {
        fill(work.path(), snapshot);
        work.moveTo(target);
      }
      prune(target, keep);
      return target;
    } catch (IOException e) {
      throw new CheckpointException(
          "%s: checkpoint of step %d cannot be written: %s"
              .formatted(folder, snapshot.step(), e.getMessage()),
          e);
    }
  }

  /** A run may come to a step again: the new checkpoint must not wait for the old one to go. */
  private String freeName(long step) {
    String name = String.format(Locale.ROOT, "step-%08d", step);
    return list().stream()
        .filter(path -> step(path) == step)
        .findFirst()
        .map(path -> name + "." + (revision(path) + 1))
        .orElse(name);
  }

  private static void fill(Path path, Snapshot snapshot) throws IOException {
    byte[] manifest = Json.indented(snapshot.manifest()).getBytes(StandardCharsets.UTF_8);
    String sums =
        write(path, MANIFEST, out -> out.write(manifest))
            + write(path, STATE, out -> SafeTensors.write(snapshot.tensors(), out));
    write(path, Checksums.FILE, out -> out.write(sums.getBytes(StandardCharsets.US_ASCII)));
    AtomicFile.syncFolder(path);
  }

  /** Writes and syncs a file; its line for the checksums. */
  private static String write(Path folder, String name, AtomicFile.Content content)
      throws IOException {
    Sha256 hash = new Sha256();
    AtomicFile.writeNew(folder.resolve(name), out -> content.writeTo(hash.over(out)));
    return Checksums.line(hash.digits(), name);
  }

  private void prune(Path newest, int keep) throws IOException {
    int kept = 0;
    for (Path path : list()) {
      boolean superseded = step(path) >= step(newest) && !path.equals(newest);
      if (superseded || kept == keep) {
        // Renamed first: a folder half deleted must not look like a checkpoint.
        WorkFolder.taking(path).close();
      } else {
        kept++;
      }
    }
  }

  /** What a killed run of an earlier version left behind. */
  private void removeTemporary() throws IOException {
    for (Path path : entries()) {
      if (TEMPORARY.matcher(String.valueOf(path.getFileName())).matches()) {
        delete(path);
      }
    }
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
