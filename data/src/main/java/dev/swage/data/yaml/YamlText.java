package dev.swage.data.yaml;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/** Where a text is no YAML: by line and column, both counted from 1, columns in characters. */
final class YamlText {
  private static final String LINE_BREAK = "\r\n|[\n\r\u0085\u2028\u2029]";

  private YamlText() {}

  /**
   * The text of a file.
   *
   * @throws YamlException if it is not UTF-8
   */
  static String decode(Path path) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path));
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

  /** What the parser found, as one line that begins with the place. */
  static YamlException complaint(String name, String text, YAMLException e) {
    return switch (e) {
      case ReaderException unreadable -> unreadable(name, text, unreadable);
      case MarkedYAMLException marked -> {
        Mark mark = marked.getProblemMark();
        String place = mark == null ? name : at(name, mark.getLine() + 1, mark.getColumn() + 1);
        yield invalid(place, String.valueOf(marked.getProblem()), e);
      }
      default -> invalid(name, String.valueOf(e.getMessage()), e);
    };
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
