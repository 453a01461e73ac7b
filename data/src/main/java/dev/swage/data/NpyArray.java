package dev.swage.data;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads NumPy's {@code .npy} layout: a magic, a version, the length of a header, the header as a
 * Python dictionary, then the elements. Only row-major, little-endian arrays of the types in {@link
 * #TYPES} are read; the rest are errors that say how to convert them.
 */
final class NpyArray {
  private static final Map<String, DType> TYPES =
      Map.of(
          "<f4", DType.FLOAT32,
          "<f8", DType.FLOAT64,
          "<i4", DType.INT32,
          "<i8", DType.INT64,
          "|i1", DType.INT8,
          "|u1", DType.UINT8,
          "|b1", DType.BOOL);
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST_HEADER = 1 << 16;
  private static final Pattern TYPE = Pattern.compile("'descr':\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([0-9, ]*)\\)");

  private NpyArray() {}

  /**
   * Reads one array to the end of the stream. The shape is believed only as far as bytes follow.
   *
   * @param source what to call the array in errors
   */
  static Tensor read(InputStream in, String source) throws IOException {
    String header = header(in, source);
    String typeName = find(TYPE, header, source);
    DType type = TYPES.get(typeName);
    if (type == null) {
      throw new DataException(
          "%s holds elements of type '%s', expected one of <f4, <f8, <i4, <i8, |i1, |u1, |b1; save"
                  .formatted(source, typeName)
              + " it again as array.astype('<f4')");
    }
    if (find(ORDER, header, source).equals("True")) {
      throw new DataException(
          source
              + " is in Fortran order, expected C order; save it again as"
              + " numpy.ascontiguousarray(array)");
    }
    Shape shape = shape(find(SHAPE, header, source), source);
    long bytes = type.bytes(shape.elements());
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new DataException(
          "%s is %s%s, %d bytes, expected less than 2 GiB".formatted(source, type, shape, bytes));
    }
    byte[] data = in.readNBytes((int) bytes);
    if (data.length < bytes || in.read() >= 0) {
      throw new DataException(
          "%s is %s%s, so %d bytes of data, but %s"
              .formatted(
                  source,
                  type,
                  shape,
                  bytes,
                  data.length < bytes ? "only " + data.length + " are there" : "more follow"));
    }
    return Tensor.of(type, shape, MemorySegment.ofArray(data));
  }

  private static String header(InputStream in, String source) throws IOException {
    byte[] start = in.readNBytes(8);
    if (start.length < 8 || !Arrays.equals(start, 0, 6, MAGIC, 0, 6)) {
      throw new DataException(source + " does not begin as a NumPy array does: \\x93NUMPY");
    }
    int version = start[6];
    if (version < 1 || version > 3) {
      throw new DataException(
          "%s has version %d of the NumPy format, expected 1, 2 or 3".formatted(source, version));
    }
    byte[] lengthBytes = in.readNBytes(version == 1 ? 2 : 4);
    long length = 0;
    for (int i = lengthBytes.length - 1; i >= 0; i--) {
      length = (length << 8) | (lengthBytes[i] & 0xFF);
    }
    if (length > LONGEST_HEADER) {
      throw new DataException(
          "%s has a header of %d bytes, expected at most %d"
              .formatted(source, length, LONGEST_HEADER));
    }
    byte[] text = in.readNBytes((int) length);
    if (text.length < length) {
      throw new DataException(source + " ends within its header");
    }
    return new String(text, StandardCharsets.UTF_8);
  }

  private static String find(Pattern pattern, String header, String source) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new DataException(
          "%s has the header %s, expected descr, fortran_order and shape of a plain array"
              .formatted(source, header.strip()));
    }
    return matcher.group(1);
  }

  private static Shape shape(String list, String source) {
    try {
      return Shape.of(
          Arrays.stream(list.split(","))
              .map(String::strip)
              .filter(dim -> !dim.isEmpty())
              .mapToLong(Long::parseLong)
              .toArray());
    } catch (IllegalArgumentException e) {
      throw new DataException(
          "%s has the shape (%s), which no array can have".formatted(source, list), e);
    }
  }
}
