package dev.swage.bench.fuzz;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.testkit.fuzz.FuzzTarget;
import dev.swage.testkit.fuzz.FuzzTarget.Form;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Readers of data, and of models with weights in other files. */
final class DataTargets {
  private static final String TABLE =
      "length,width,kind\n5.1,3.5,setosa\n4.9,?,virginica\n6.3,2.9,setosa\n7,3.2,versicolor\n";

  private final Path folder;

  /**
   * @param folder for the files; they stay in it
   */
  DataTargets(Path folder) {
    this.folder = folder;
  }

  List<FuzzTarget> all() {
    byte[] npy = npy();
    return List.of(
        data("csv", Form.TEXT, "csv:%s?label=kind&missing=drop", List.of(text(TABLE))),
        data("csv-mean", Form.TEXT, "csv:%s?missing=mean", List.of(text("1,2,0\n3,?,1\n4,5,0\n"))),
        data("npy", Form.BYTES, "npy:%s", List.of(npy)),
        data("npz", Form.BYTES, "npz:%s?x=x", List.of(npz(npy))),
        idx(),
        data("text", Form.TEXT, "text:%s?length=4&streams=2", List.of(text(TABLE.repeat(8)))),
        external(),
        tensor());
  }

  private FuzzTarget data(String name, Form form, String spec, List<byte[]> seeds) {
    return new FileTarget(
        name,
        form,
        seeds,
        folder.resolve("input." + name),
        file -> {
          DataSource data = DataSource.open(spec.formatted(file), folder);
          for (int i = 0; i < Math.min(data.size(), 4); i++) {
            data.batch(i);
          }
        });
  }

  /** Models with weights in other files. */
  private FuzzTarget external() {
    write("w.bin", new byte[4096]);
    return new FileTarget(
        "external",
        Form.MESSAGE,
        ExternalSeeds.files(),
        folder.resolve("input.onnx"),
        file -> OnnxWriter.toBytes(OnnxReader.read(file)));
  }

  private FuzzTarget tensor() {
    byte[] tensor = {8, 2, 8, 2, 16, 1, 74, 16, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0};
    return new FileTarget(
        "tensor",
        Form.MESSAGE,
        List.of(tensor),
        folder.resolve("input.pb"),
        OnnxReader::readTensor);
  }

  private void write(String name, byte[] bytes) {
    try {
      Files.write(folder.resolve(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] npy() {
    byte[] header =
        text("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }" + " ".repeat(62) + "\n");
    ByteBuffer file = ByteBuffer.allocate(10 + header.length + 48).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 0x93).put(text("NUMPY")).put((byte) 1).put((byte) 0);
    file.putShort((short) header.length).put(header);
    for (int i = 0; i < 12; i++) {
      file.putFloat(i);
    }
    return file.array();
  }

  private static byte[] npz(byte[] npy) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("x.npy"));
      zip.write(npy);
      zip.closeEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Pictures that change, beside labels that do not. */
  private FuzzTarget idx() {
    write("train-labels-idx1-ubyte", labels());
    return new FileTarget(
        "idx",
        Form.BYTES,
        List.of(pictures()),
        folder.resolve("train-images-idx3-ubyte"),
        file -> DataSource.open("idx:" + folder, folder).batch(0));
  }

  private static byte[] pictures() {
    ByteBuffer file = ByteBuffer.allocate(16 + 3 * 4);
    return file.putInt(0x803).putInt(3).putInt(2).putInt(2).array();
  }

  private static byte[] labels() {
    return ByteBuffer.allocate(8 + 3).putInt(0x801).putInt(3).array();
  }
}
