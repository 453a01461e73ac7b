package dev.swage.data.yaml;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/** Where a text is no YAML: by line and column, both counted from 1, columns in characters. */
final class YamlText {
  private static final String LINE_BREAK = "\r\n|[\n\r\u0085\u2028\u2029]";

  /** Plans of large models have a line for each of many nodes. */
  static final int MOST_CHARACTERS = 256 << 20;

  static final int MOST_ALIASES = 10;
  static final int DEEPEST = 50;

  private YamlText() {}

  /**
   * The text of a file.
   *
   * @throws YamlException if it is not UTF-8
   */
  static String decode(Path path) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(bytes(path));
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    CoderResult result = decoder.decode(bytes, text, true);
    text.flip();
    if (result.isError()) {
      throw new YamlException(
          "%s: not valid UTF-8: byte 0x%02x; save the file as UTF-8"
              .formatted(at(path.toString(), text), bytes.get(bytes.position())));
    }
    return text.toString();
  }

  /** A device may never end. */
  private static byte[] bytes(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MOST_CHARACTERS + 1);
      if (bytes.length > MOST_CHARACTERS) {
        throw new IOException("it has more than %d bytes".formatted(MOST_CHARACTERS));
      }
      return bytes;
    }
  }

  /** What the parser found, as one line that begins with the place. */
  static YamlException complaint(String name, String text, YAMLException e) {
    return switch (e) {
      case ReaderException unreadable -> unreadable(name, text, unreadable);
      case MarkedYAMLException marked -> {
        Mark mark = marked.getProblemMark();
        String place = mark == null ? name : at(name, mark.getLine() + 1, mark.getColumn() + 1);
        yield invalid(place, String.valueOf(marked.getProblem()), e);
      }
      default -> invalid(name + excess(text), String.valueOf(e.getMessage()), e);
    };
  }

  /** Where a text goes beyond the limits, as {@code :12}; empty where that is not found. */
  private static String excess(String text) {
    int depth = 0;
    int aliases = 0;
    try {
      for (Event event : new Yaml().parse(new StringReader(text))) {
        depth += event instanceof CollectionStartEvent ? 1 : 0;
        depth -= event instanceof CollectionEndEvent ? 1 : 0;
        aliases += event instanceof AliasEvent ? 1 : 0;
        if (depth > DEEPEST || aliases > MOST_ALIASES) {
          return ":" + (event.getStartMark().getLine() + 1);
        }
      }
    } catch (YAMLException e) {
      return "";
    }
    return "";
  }

  private static YamlException unreadable(String name, String text, ReaderException e) {
    int index = 0;
    while (index < text.length() && StreamReader.isPrintable(text.codePointAt(index))) {
      index += Character.charCount(text.codePointAt(index));
    }
    if (index == text.length()) {
      return invalid(name, String.valueOf(e.getMessage()), e);
    }
    return invalid(
        at(name, text.substring(0, index)),
        "the character U+%04X cannot stand in YAML; remove it, or write it in double quotes as \\u%1$04x"
            .formatted(text.codePointAt(index)),
        e);
  }

  private static YamlException invalid(String place, String problem, YAMLException e) {
    String line = problem.replaceAll("\\s*\\R\\s*", " ");
    return new YamlException("%s: not valid YAML: %s".formatted(place, line), e);
  }

  /** The place behind a text. */
  private static String at(String name, CharSequence before) {
    String[] lines = before.toString().split(LINE_BREAK, -1);
    String last = lines[lines.length - 1];
    return at(name, lines.length, last.codePointCount(0, last.length()) + 1);
  }

  private static String at(String name, int line, int column) {
    return name + ":" + line + ":" + column;
  }
}
