package dev.swage.cli.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much of a history a resumed run keeps. */
final class HistoryTail {
  private static final ObjectMapper JSON = new ObjectMapper();

  private HistoryTail() {}

  /**
   * The part of a history that stays.
   *
   * @param bytes its length, without the last line's break
   */
  record Kept(long bytes, long steps, int epochs) {}

  /**
   * The longest beginning that is whole lines of the first {@code steps} steps and {@code epochs}
   * epochs; of a file that does not exist, nothing.
   */
  static Kept keep(Path file, long steps, int epochs) {
    Kept kept = new Kept(0, 0, 0);
    if (!Files.exists(file)) {
      return kept;
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      long end = 0;
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      boolean going = true;
      while (going) {
        int next = in.read();
        if (next >= 0 && next != '\n') {
          line.write(next);
          continue;
        }
        end += line.size();
        Kept longer = extended(kept, end, line.toString(StandardCharsets.UTF_8));
        end++;
        line.reset();
        going =
            next >= 0
                && longer.steps() <= steps
                && longer.epochs() <= epochs
                && longer.bytes() > kept.bytes();
        if (longer.steps() <= steps && longer.epochs() <= epochs) {
          kept = longer;
        }
      }
      return kept;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With one more line; the same when it is not the next record. */
  private static Kept extended(Kept kept, long end, String line) {
    try {
      JsonNode record = JSON.readTree(line);
      if (record.path("type").asText().equals("step")
          && record.path("step").asLong(-1) == kept.steps()) {
        return new Kept(end, kept.steps() + 1, kept.epochs());
      }
      if (record.path("type").asText().equals("epoch")
          && record.path("epoch").asInt(-1) == kept.epochs() + 1) {
        return new Kept(end, kept.steps(), kept.epochs() + 1);
      }
      // Written right after the step it ends with, or at the head of the file.
      if (record.path("type").asText().equals("window")
          && record.path("lastStep").asLong(-1) == kept.steps() - 1) {
        return new Kept(end, kept.steps(), kept.epochs());
      }
      if (record.path("type").asText().equals("run") && kept.bytes() == 0) {
        return new Kept(end, 0, 0);
      }
    } catch (JsonProcessingException e) {
      // A line cut in half by the end of the process.
    }
    return kept;
  }
}
