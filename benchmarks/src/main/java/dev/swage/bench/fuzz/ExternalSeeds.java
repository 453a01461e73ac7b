package dev.swage.bench.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Models whose one weight lies in another file; written by hand, since no writer makes most. */
final class ExternalSeeds {
  private static final List<String> LOCATIONS =
      List.of("w.bin", "../w.bin", "/etc/hostname", "./w.bin", "sub/../w.bin", ".", "w.bin/x");

  private ExternalSeeds() {}

  static List<byte[]> files() {
    List<byte[]> files = new ArrayList<>();
    for (String location : LOCATIONS) {
      files.add(model(location, "0", "256"));
    }
    files.add(model("w.bin", "4096", "256"));
    files.add(model("w.bin", "-1", "9223372036854775807"));
    return files;
  }

  private static byte[] model(String location, String offset, String length) {
    byte[] tensor =
        message(
            number(1, 8),
            number(1, 8),
            number(2, 1),
            text(8, "w"),
            field(13, entry("location", location)),
            field(13, entry("offset", offset)),
            field(13, entry("length", length)),
            number(14, 1));
    byte[] node =
        message(text(1, "x"), text(1, "w"), text(2, "y"), text(3, "m"), text(4, "MatMul"));
    byte[] value = message(text(1, "x"));
    byte[] output = message(text(1, "y"));
    byte[] sparse = message(field(1, tensor), number(3, 64));
    byte[] constant =
        message(
            text(2, "c"),
            text(4, "Constant"),
            field(5, message(text(1, "value"), field(5, tensor), number(20, 4))));
    byte[] graph =
        message(
            field(1, node),
            field(1, constant),
            field(5, tensor),
            field(11, value),
            field(12, output),
            field(15, sparse));
    return message(number(1, 8), field(7, graph), field(8, message(text(1, ""), number(2, 17))));
  }

  private static byte[] entry(String key, String value) {
    return message(text(1, key), text(2, value));
  }

  private static byte[] text(int field, String text) {
    return field(field, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] number(int field, int value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeTag(field, 0, out);
    out.write(value);
    return out.toByteArray();
  }

  private static void writeTag(int field, int type, ByteArrayOutputStream out) {
    int tag = (field << 3) | type;
    if (tag > 0x7f) {
      out.write((tag & 0x7f) | 0x80);
      out.write(tag >> 7);
    } else {
      out.write(tag);
    }
  }

  /** Contents of up to 16,383 bytes. */
  private static byte[] field(int field, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeTag(field, 2, out);
    out.write((content.length & 0x7f) | 0x80);
    out.write(content.length >> 7);
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] message(byte[]... fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] field : fields) {
      out.writeBytes(field);
    }
    return out.toByteArray();
  }
}
