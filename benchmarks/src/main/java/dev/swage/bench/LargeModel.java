package dev.swage.bench;

import dev.swage.kernel.Parallel;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.ExternalData;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Generates language-model-like files of any size: an embedding, pairs of products, and a head that
 * is a Gemm with a transposed weight. Weights are seeded; they are made in a mapped file and
 * streamed to the model's data file, so that none of them is ever in memory.
 *
 * @param vocabulary rows of the embedding
 * @param columns of the head
 * @param layers pairs of products {@code [width, 4·width]} and {@code [4·width, width]}
 * @param width of the activations
 */
record LargeModel(long vocabulary, long columns, int layers, long width) {
  private static final long CHUNK = 1 << 20;

  /** 2 GiB of weights. */
  static LargeModel ofTwoGibibytes() {
    return new LargeModel(32_768, 32_768, 2, 4096);
  }

  /** 8 GiB of weights, an embedding of 3 GiB among them. */
  static LargeModel ofEightGibibytes() {
    return new LargeModel(196_608, 65_536, 8, 4096);
  }

  /** Bytes of all weights. */
  long bytes() {
    return (vocabulary + columns + 8 * width * layers) * width * Float.BYTES;
  }

  /** Writes the model and, beside it, its data. */
  void write(Path file) throws IOException {
    Path scratch = file.resolveSibling(file.getFileName() + ".weights");
    try (FileChannel channel =
            FileChannel.open(
                scratch,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        Arena arena = Arena.ofShared()) {
      MemorySegment all = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes(), arena);
      fill(all);
      OnnxWriter.write(OnnxModel.of(graph(all)), file, ExternalData.above(1 << 16));
    }
  }

  /** Values of both signs in [−s, s], s different every 4096 elements, as channels' ranges are. */
  private static void fill(MemorySegment all) {
    Parallel.forEach(
        Math.toIntExact(Math.ceilDiv(all.byteSize(), CHUNK)),
        chunk -> {
          SplittableRandom random = new SplittableRandom(chunk);
          MemorySegment part =
              all.asSlice(chunk * CHUNK, Math.min(CHUNK, all.byteSize() - chunk * CHUNK));
          float scale = 0;
          for (long i = 0; i < part.byteSize() / Float.BYTES; i++) {
            if (i % 4096 == 0) {
              scale = (float) (0.02 * (0.5 + random.nextDouble()));
            }
            float value = (random.nextInt() >> 8) * 0x1p-23f;
            part.setAtIndex(Tensor.LE_FLOAT, i, value * scale);
          }
        });
  }

  private Graph graph(MemorySegment all) {
    Weights weights = new Weights(all);
    Graph.Builder graph =
        Graph.builder("large")
            .input(value("ids", DType.INT64, List.of(new ValueInfo.Dim.Symbolic("n"))))
            .initializer("embedding", weights.next(vocabulary, width))
            .node(Node.of("embed", "Gather", List.of("embedding", "ids"), "x0"));
    for (int i = 0; i < layers; i++) {
      graph
          .initializer("up" + i, weights.next(width, 4 * width))
          .initializer("down" + i, weights.next(4 * width, width))
          .node(Node.of("widen" + i, "MatMul", List.of("x" + i, "up" + i), "u" + i))
          .node(Node.of("relu" + i, "Relu", List.of("u" + i), "r" + i))
          .node(Node.of("narrow" + i, "MatMul", List.of("r" + i, "down" + i), "x" + (i + 1)));
    }
    return graph
        .initializer("head", weights.next(columns, width))
        .node(
            Node.of("logits", "Gemm", List.of("x" + layers, "head"), "y")
                .with("transB", Attribute.of(1)))
        .output(
            value(
                "y",
                DType.FLOAT32,
                List.of(new ValueInfo.Dim.Symbolic("n"), new ValueInfo.Dim.Fixed(columns))))
        .build();
  }

  private static ValueInfo value(String name, DType dtype, List<ValueInfo.Dim> dims) {
    return new ValueInfo(name, Optional.of(dtype), Optional.of(dims));
  }

  /** Hands out consecutive parts of one mapping. */
  private static final class Weights {
    private final MemorySegment all;
    private long at;

    Weights(MemorySegment all) {
      this.all = all;
    }

    Tensor next(long rows, long columns) {
      Shape shape = Shape.of(rows, columns);
      long bytes = DType.FLOAT32.bytes(shape.elements());
      Tensor tensor = Tensor.of(DType.FLOAT32, shape, all.asSlice(at, bytes));
      at += bytes;
      return tensor;
    }
  }

  /** Reads a model's files, so that they are in the page cache. */
  static void warm(Path file) throws IOException {
    byte[] buffer = new byte[1 << 20];
    for (Path path : List.of(file, dataOf(file))) {
      try (var in = Files.newInputStream(path)) {
        while (in.read(buffer) >= 0) {
          // Reading is all that is wanted.
        }
      }
    }
  }

  /** The data file of a model. */
  static Path dataOf(Path file) throws IOException {
    return dataFiles(file).getFirst();
  }

  private static List<Path> dataFiles(Path file) throws IOException {
    String prefix = file.getFileName() + ".";
    try (Stream<Path> files = Files.list(file.resolveSibling(""))) {
      return files
          .filter(path -> String.valueOf(path.getFileName()).startsWith(prefix))
          .filter(path -> path.toString().endsWith(".data"))
          .toList();
    }
  }

  /** Deletes a model and its data. */
  static void delete(Path file) throws IOException {
    for (Path data : dataFiles(file)) {
      Files.delete(data);
    }
    Files.deleteIfExists(file);
  }
}
