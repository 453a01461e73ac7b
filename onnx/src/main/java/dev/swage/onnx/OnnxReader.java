package dev.swage.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.swage.files.AtomicFile;
import dev.swage.files.FileMemory;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.onnx.wire.OperatorSetIdProto;
import dev.swage.onnx.wire.StringStringEntryProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Reads ONNX files. A file is input from a stranger: lengths, shapes, offsets and external paths
 * are checked, and whatever is wrong is an {@link OnnxException} of one line.
 *
 * <p>Large files are mapped, and so are their external data files: raw weights are views of the
 * mapping, which lives as long as any of them is reachable. Where a file is cut off meanwhile,
 * reading weights is an {@link InternalError}, and {@link dev.swage.tensor.MappedMemory} says what
 * else must be heeded; replacing files by renaming, as {@link OnnxWriter} does, is safe. What Swage
 * does not interpret is kept in the model and written back. Where a file repeats a metadata key the
 * last entry counts.
 *
 * <p>The graph is checked as by {@link ModelChecker#checkStructure}; operators are not looked into.
 */
public final class OnnxReader {
  /** Nesting of messages; a sub-graph takes three levels. */
  private static final int MAX_DEPTH = 100;

  private OnnxReader() {}

  /**
   * Reads a model.
   *
   * @throws OnnxException if the file cannot be read or is not a well-formed model
   */
  public static OnnxModel read(Path path) {
    return guarded(
        path,
        () -> {
          ModelProto proto = parse(path.toString(), bytes(path), ModelProto.parser());
          return decode(proto, path.toString(), new ExternalFiles(Optional.of(path)));
        });
  }

  /** A file that is cut off while it is read is one more that is damaged. */
  private static <T> T guarded(Path path, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (InternalError e) {
      throw new OnnxException(
          FileMemory.explain(e).orElseGet(() -> "%s: cannot be read: %s".formatted(path, e)), e);
    }
  }

  /**
   * Reads a model from memory, which must not change afterwards; it can have no external data.
   *
   * @param source what error messages call it
   */
  public static OnnxModel parse(byte[] bytes, String source) {
    ByteString wrapped = UnsafeByteOperations.unsafeWrap(bytes);
    ModelProto proto = parse(source, wrapped, ModelProto.parser());
    return decode(proto, source, new ExternalFiles(Optional.empty()));
  }

  /**
   * Reads a file with a single tensor, the form of ONNX's test data ({@code input_0.pb}).
   *
   * @throws OnnxException if the file cannot be read, is damaged, or holds an element type Swage
   *     has no tensors of
   */
  public static Tensor readTensor(Path path) {
    return guarded(path, () -> tensor(path));
  }

  private static Tensor tensor(Path path) {
    TensorProto proto = parse(path.toString(), bytes(path), TensorProto.parser());
    TensorDecoder decoder =
        new TensorDecoder(path.toString(), new ExternalFiles(Optional.of(path)));
    return decoder
        .decode(proto, proto.getName())
        .orElseThrow(() ->
            new OnnxException(
                "%s: tensor '%s': element type %d is not supported; is this file a tensor?"
                    .formatted(path, proto.getName(), proto.getDataType())));
  }

  /**
   * The files that a model consists of: its own, and the data files that it refers to anywhere. Of
   * what is no model that can be read, the file alone.
   */
  public static List<Path> files(Path path) {
    List<Path> files = new ArrayList<>(List.of(path));
    try {
      locations(path).forEach(location -> files.add(path.resolveSibling(location)));
    } catch (OnnxException e) {
      // Who reads the model says what is wrong with it.
    }
    return List.copyOf(files);
  }

  /**
   * The data files that a model refers to. The file is free again afterwards.
   *
   * @throws OnnxException if it cannot be read or is no model
   */
  static Set<Path> locations(Path path) {
    return guarded(
        path,
        () -> {
          try (Arena arena = Arena.ofConfined()) {
            // Weights lie in the file unread.
            ByteString bytes = bytes(path, file -> FileMemory.map(file, arena));
            return ExternalLocations.in(parse(path.toString(), bytes, ModelProto.parser()));
          }
        });
  }

  private static ByteString bytes(Path path) {
    return bytes(path, file -> FileMemory.read(file, Arena.ofAuto()));
  }

  /** A way to the bytes of a file. */
  @FunctionalInterface
  private interface Source {
    MemorySegment of(Path file) throws IOException;
  }

  private static ByteString bytes(Path path, Source source) {
    if (!Files.exists(path)) {
      throw new OnnxException("%s: no such file".formatted(path));
    }
    if (!Files.isRegularFile(path)) {
      throw new OnnxException("%s: not a file".formatted(path));
    }
    try {
      long size = Files.size(path);
      if (size > Integer.MAX_VALUE) {
        throw new OnnxException(
            "%s: has %d bytes, an ONNX file at most %d; larger weights go to external data"
                .formatted(path, size, Integer.MAX_VALUE));
      }
      return UnsafeByteOperations.unsafeWrap(source.of(path).asByteBuffer());
    } catch (IOException e) {
      throw new OnnxException("%s: cannot be read: %s".formatted(path, AtomicFile.reason(e)), e);
    }
  }

  private static <M extends MessageLite> M parse(
      String source, ByteString bytes, Parser<M> parser) {
    if (bytes.isEmpty()) {
      throw new OnnxException("%s: the file is empty".formatted(source));
    }
    CodedInputStream in = bytes.newCodedInput();
    in.enableAliasing(true);
    in.setRecursionLimit(MAX_DEPTH);
    try {
      M message = parser.parseFrom(in);
      in.checkLastTagWas(0);
      return message;
    } catch (InvalidProtocolBufferException e) {
      throw new OnnxException("%s: not an ONNX file, or truncated or damaged".formatted(source), e);
    }
  }

  private static OnnxModel decode(ModelProto proto, String source, ExternalFiles external) {
    if (!proto.hasIrVersion() || proto.getIrVersion() < 1 || !proto.hasGraph()) {
      throw new OnnxException(
          "%s: not an ONNX file, or truncated: it lacks %s"
              .formatted(source, proto.hasGraph() ? "a valid IR version" : "a graph"));
    }
    TensorDecoder tensors = new TensorDecoder(source, external);
    GraphDecoder graphs = new GraphDecoder(source, tensors);
    Map<String, String> metadata = new LinkedHashMap<>();
    for (StringStringEntryProto entry : proto.getMetadataPropsList()) {
      metadata.put(entry.getKey(), entry.getValue());
    }
    Map<String, Long> opsets = opsets(proto.getOpsetImportList(), source);
    Graph graph = graphs.graph(proto.getGraph());
    List<Function> functions = functions(proto, source, graphs);
    try {
      OnnxModel model =
          new OnnxModel(
              proto.getIrVersion(),
              opsets,
              proto.getProducerName(),
              proto.getProducerVersion(),
              graph,
              functions,
              metadata,
              rest(proto));
      ModelChecker.checkStructure(model);
      return model;
    } catch (OnnxException e) {
      throw new OnnxException(source + ": " + e.getMessage(), e);
    }
  }

  private static List<Function> functions(ModelProto proto, String source, GraphDecoder graphs) {
    return proto.getFunctionsList().stream()
        .map(function -> {
          Map<String, Long> opsets = opsets(function.getOpsetImportList(), source);
          return FunctionCodec.decode(function, opsets, source, graphs);
        })
        .toList();
  }

  /** What an {@link OnnxModel} does not hold of its wire form. */
  private static ModelProto rest(ModelProto proto) {
    return proto.toBuilder()
        .clearIrVersion()
        .clearProducerName()
        .clearProducerVersion()
        .clearGraph()
        .clearOpsetImport()
        .clearMetadataProps()
        .clearFunctions()
        .build();
  }

  private static Map<String, Long> opsets(List<OperatorSetIdProto> imports, String source) {
    Map<String, Long> opsets = new TreeMap<>();
    for (OperatorSetIdProto opset : imports) {
      String domain = opset.getDomain().equals("ai.onnx") ? "" : opset.getDomain();
      Long other = opsets.put(domain, opset.getVersion());
      if (other != null && other != opset.getVersion()) {
        throw new OnnxException(
            "%s: imports domain '%s' in versions %d and %d"
                .formatted(source, domain, other, opset.getVersion()));
      }
    }
    return opsets;
  }
}
