package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumpySourceTest {
  /**
   * numpy.savez_compressed(file, x=numpy.arange(6, dtype=float32).reshape(3, 2) / 4, y=[2, 0, 1]).
   */
  private static final String WRITTEN_BY_NUMPY =
      "UEsDBC0AAAAIAAAAIQCJv5wz//////////8FABQAeC5ucHkBABAAmAAAAAAAAABWAAAAAAAAAJvsF+obEMnIUMZQ"
          + "rZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkaaOgq1CmQDLgYwaLAD"
          + "EvYMDA5A3ADEC+wBUEsDBC0AAAAIAAAAIQCKGs4T//////////8FABQAeS5ucHkBABAAmAAAAAAAAABKAAAA"
          + "AAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6"
          + "mjoKtQoUAC4mBlTACKUBUEsBAi0DLQAAAAgAAAAhAIm/nDNWAAAAmAAAAAUAAAAAAAAAAAAAAIABAAAAAHgu"
          + "bnB5UEsBAi0DLQAAAAgAAAAhAIoazhNKAAAAmAAAAAUAAAAAAAAAAAAAAIABjQAAAHkubnB5UEsFBgAAAAAC"
          + "AAIAZgAAAA4BAAAAAA==";

  private static final byte[] FOUR_FLOATS = floats(1.5f, -2, 3, 4);

  @TempDir Path folder;

  @Test
  void readsWhatNumpyWrites() throws IOException {
    Files.write(folder.resolve("a.npz"), Base64.getDecoder().decode(WRITTEN_BY_NUMPY));
    DataSource source = DataSource.open("npz:a.npz", folder);
    assertThat(source.size()).isEqualTo(3);
    assertThat(source.inputShapes()).containsExactly(Shape.of(2));
    assertThat(source.classes()).hasValue(3);
    Batch batch = source.batch(2, 0);
    assertThat(batch.inputs().getFirst().toFloats()).containsExactly(1, 1.25f, 0, 0.25f);
    assertThat(batch.targets().orElseThrow().toLongs()).containsExactly(1, 2);
    fails(
        "npz:a.npz?y=labels",
        folder.resolve("a.npz") + " holds no array 'labels' for key 'y'; Known: x, y");
  }

  @ParameterizedTest
  @CsvSource({"<f4,4", "<f8,8", "<i4,4", "<i8,8", "|i1,1", "|u1,1", "|b1,1"})
  void everyTypeBecomesFloat(String type, int bytes) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(4 * bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 4; i++) {
      switch (type) {
        case "<f4" -> data.putFloat(i % 2);
        case "<f8" -> data.putDouble(i % 2);
        default -> data.put(i * bytes, (byte) (i % 2));
      }
    }
    write("a.npy", npy(type, "False", "(2, 2)", data.array()));
    DataSource source = DataSource.open("npy:a.npy", folder);
    assertThat(source.batch(0, 1).inputs().getFirst().toFloats()).containsExactly(0, 1, 0, 1);
    assertThat(source.batch(0).targets()).isEmpty();
    assertThat(source.classes()).isEmpty();
  }

  @Test
  void signsAreKept() throws IOException {
    write("a.npy", npy("|i1", "False", "(1, 2)", new byte[] {-1, -128}));
    assertThat(first("npy:a.npy")).containsExactly(-1, -128);
    write("a.npy", npy("|u1", "False", "(1, 2)", new byte[] {-1, -128}));
    assertThat(first("npy:a.npy")).containsExactly(255, 128);
  }

  @Test
  void storedTypeIsKeptOnDemand() throws IOException {
    write("a.npy", npy("|u1", "False", "(2, 2)", new byte[] {1, 2, 3, 4}));
    Batch batch = DataSource.open("npy:a.npy?type=stored", folder).batch(1);
    assertThat(batch.inputs().getFirst().dtype()).isEqualTo(DType.UINT8);
    assertThat(batch.inputs().getFirst().data().toArray(ValueLayout.JAVA_BYTE))
        .containsExactly(3, 4);
    fails(
        "npy:a.npy?type=stored&scale=2",
        "npy:a.npy?type=stored&scale=2: type=stored contradicts scale, mean and std");
  }

  @Test
  void scalingIsPerChannel() throws IOException {
    write("a.npy", npy("<f4", "False", "(1, 2, 2)", FOUR_FLOATS));
    assertThat(first("npy:a.npy?scale=2&mean=1,2&std=1,0.5")).containsExactly(-0.25f, -2, -1, 0);
  }

  @Test
  void floatTargetsAreValues() throws IOException {
    write(
        "a.npz",
        zip(
            "in",
            npy("<f4", "False", "(2, 2)", FOUR_FLOATS),
            "out",
            npy("<f4", "False", "(2, 2)", FOUR_FLOATS)));
    DataSource source = DataSource.open("npz:a.npz?x=in&y=out", folder);
    assertThat(source.classes()).isEmpty();
    assertThat(source.batch(1).targets().orElseThrow().toFloats()).containsExactly(3, 4);
    write(
        "a.npz",
        zip(
            "x",
            npy("<f4", "False", "(2, 2)", FOUR_FLOATS),
            "y",
            npy("|u1", "False", "(4,)", new byte[4])));
    fails(
        "npz:a.npz",
        folder.resolve("a.npz")
            + ": array 'x' is FLOAT32[2, 2] but 'y' UINT8[4], expected one row per sample in both");
  }

  @Test
  void oneArrayAloneHasNoTargets() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("x.npy"));
      zip.write(npy("<f4", "False", "(2, 2)", FOUR_FLOATS));
    }
    write("a.npz", bytes.toByteArray());
    DataSource source = DataSource.open("npz:a.npz", folder);
    assertThat(source.size()).isEqualTo(2);
    assertThat(source.batch(1).inputs().getFirst().toFloats()).containsExactly(3, 4);
    assertThat(source.batch(1).targets()).isEmpty();
    fails("npz:a.npz?y=y", folder.resolve("a.npz") + " holds no array 'y' for key 'y'; Known: x");
  }

  @Test
  void arraysThatAreNotRead() throws IOException {
    Path file = folder.resolve("a.npy");
    write("a.npy", npy("<f4", "True", "(2, 2)", FOUR_FLOATS));
    fails(
        "npy:a.npy",
        file
            + " is in Fortran order, expected C order; save it again as"
            + " numpy.ascontiguousarray(array)");
    write("a.npy", npy(">f4", "False", "(2, 2)", FOUR_FLOATS));
    fails(
        "npy:a.npy",
        file
            + " holds elements of type '>f4', expected one of <f4, <f8, <i4, <i8, |i1, |u1, |b1;"
            + " save it again as array.astype('<f4')");
    write("a.npy", npy("<f4", "False", "()", floats(1)));
    fails("npy:a.npy", file + " is FLOAT32[], expected at least one sample");
  }

  @Test
  void samplesWithoutElementsAreSamples() throws IOException {
    byte[] x = npy("<f4", "False", "(2, 2)", FOUR_FLOATS);
    write("e.npz", zip("x", x, "past", npy("<f4", "False", "(2, 4, 0, 8)", floats())));
    DataSource source = DataSource.open("npz:e.npz?x=x,past", folder);
    assertThat(source.size()).isEqualTo(2);
    assertThat(source.inputShapes()).containsExactly(Shape.of(2), Shape.of(4, 0, 8));
    assertThat(source.batch(1, 0).inputs().getLast().shape()).isEqualTo(Shape.of(2, 4, 0, 8));
    for (String spec : List.of("npy:a.npy", "npy:a.npy?type=stored", "npy:a.npy?scale=2")) {
      write("a.npy", npy("<f4", "False", "(3, 0)", floats()));
      assertThat(DataSource.open(spec, folder).batch(0).inputs().getFirst().shape())
          .isEqualTo(Shape.of(1, 0));
    }
    write("a.npy", npy("<f4", "False", "(0, 3)", floats()));
    fails("npy:a.npy", folder.resolve("a.npy") + " is FLOAT32[0, 3], expected at least one sample");
  }

  @Test
  void damagedArrays() throws IOException {
    Path file = folder.resolve("a.npy");
    byte[] whole = npy("<f4", "False", "(2, 2)", FOUR_FLOATS);
    write("a.npy", Arrays.copyOf(whole, whole.length - 3));
    fails("npy:a.npy", file + " is FLOAT32[2, 2], so 16 bytes of data, but only 13 are there");
    write("a.npy", Arrays.copyOf(whole, whole.length + 1));
    fails("npy:a.npy", file + " is FLOAT32[2, 2], so 16 bytes of data, but more follow");
    write("a.npy", Arrays.copyOf(whole, 20));
    fails("npy:a.npy", file + " ends within its header");
    write("a.npy", new byte[] {1, 2, 3});
    fails("npy:a.npy", file + " does not begin as a NumPy array does: \\x93NUMPY");
    write("a.npy", npy("<f4", "False", "(400000000, 2)", FOUR_FLOATS));
    fails(
        "npy:a.npy",
        file + " is FLOAT32[400000000, 2], 3200000000 bytes, expected less than 2 GiB");
    write("a.npy", npy("<f4", "False", "(99999999999, 99999999999)", FOUR_FLOATS));
    fails("npy:a.npy", file + " has the shape (99999999999, 99999999999), which no array can have");
  }

  private float[] first(String spec) {
    return DataSource.open(spec, folder).batch(0).inputs().getFirst().toFloats();
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private void fails(String spec, String message) {
    assertThatThrownBy(() -> DataSource.open(spec, folder))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }

  private static byte[] npy(String type, String fortran, String shape, byte[] data) {
    byte[] header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n"
            .formatted(type, fortran, shape)
            .getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(10 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) header.length)
        .put(header)
        .put(data)
        .array();
  }

  private static byte[] zip(String name1, byte[] array1, String name2, byte[] array2)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name1 + ".npy"));
      zip.write(array1);
      zip.putNextEntry(new ZipEntry(name2 + ".npy"));
      zip.write(array2);
    }
    return bytes.toByteArray();
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
