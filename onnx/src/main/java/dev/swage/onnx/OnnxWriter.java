package dev.swage.onnx;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.swage.files.AtomicFile;
import dev.swage.files.Fingerprint;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Writes ONNX files. The same model gives the same bytes. A file is written beside its target,
 * synced and renamed over it: the target is the old file or the whole new one, never a part.
 * Weights are streamed; memory does not grow with them.
 *
 * <p>The graph is written last, so that a file cut off anywhere does not read as a model.
 */
public final class OnnxWriter {
  /** As long as a fingerprint, so that sizes are known before it is. */
  private static final String UNKNOWN = "0".repeat(Fingerprint.DIGITS);

  private OnnxWriter() {}

  /** Writes one file, and a data file beside it only if the model is larger than 2 GiB. */
  public static void write(OnnxModel model, Path path) {
    write(model, path, ExternalData.whenNeeded());
  }

  /**
   * Writes a model, with some of its weights in a data file as {@code external} says. The data file
   * is named by its content: killed at any time, the path holds the old model with its weights or
   * the new model with its weights. The old data file is removed; see {@link ModelOutput}.
   *
   * @throws OnnxException if the path cannot be written, or the model does not fit into 2 GiB
   *     without its external weights
   */
  public static void write(OnnxModel model, Path path, ExternalData external) {
    write(model, path, external, name -> {});
  }

  /**
   * As {@link #write(OnnxModel, Path, ExternalData)}, of a model whose weights are still being
   * made: they have their type and shape, and get their values while those before them are written.
   * Weights of graphs inside nodes must have theirs.
   *
   * @param arrivals called with the name of each weight of the main graph before it is read, on the
   *     caller's thread; returns when the weight holds its values. What it throws ends the writing
   *     and comes out, and the path is as before.
   */
  public static void write(
      OnnxModel model, Path path, ExternalData external, Consumer<String> arrivals) {
    write(model, path, external, arrivals, step -> {});
  }

  /**
   * @param then told each step of putting the files into place
   */
  static void write(
      OnnxModel model,
      Path path,
      ExternalData external,
      Consumer<String> arrivals,
      Consumer<ModelOutput.Step> then) {
    try {
      ModelOutput output = ModelOutput.at(path);
      Message message = Message.of(model, external, output.dataName(UNKNOWN));
      if (message.weights.hasExternal()) {
        writeBoth(output, message, arrivals, then);
      } else {
        try (AtomicFile file = prepare(output, message, arrivals)) {
          output.commit(file, Optional.empty(), then);
        }
      }
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }

  /** The data first, since the model names it by what it holds. */
  private static void writeBoth(
      ModelOutput output,
      Message message,
      Consumer<String> arrivals,
      Consumer<ModelOutput.Step> then)
      throws IOException {
    try (AtomicFile data = output.prepareData(out -> message.weights.writeExternal(out, arrivals));
        AtomicFile file =
            prepare(output, message.named(data.target().getFileName().toString()), arrivals)) {
      output.commit(file, Optional.of(data), then);
    }
  }

  private static AtomicFile prepare(ModelOutput output, Message message, Consumer<String> arrivals)
      throws IOException {
    return AtomicFile.prepare(output.target(), out -> message.writeTo(out, arrivals));
  }

  /** The bytes of the model's file, with every weight inline. */
  public static byte[] toBytes(OnnxModel model) {
    return toBytes(model, new ExternalData.Above(Long.MAX_VALUE), "");
  }

  /**
   * The bytes of the model's file without the weights that go out: who reads the bytes gets these
   * in another way.
   *
   * @param location what the model says of where they are
   */
  public static byte[] toBytes(OnnxModel model, ExternalData external, String location) {
    Message message = Message.of(model, external, location);
    ByteArrayOutputStream out = new ByteArrayOutputStream(Math.toIntExact(message.size()));
    try {
      message.writeTo(out, name -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Writes a single tensor, the form of ONNX's test data ({@code input_0.pb}). */
  public static void writeTensor(String name, Tensor tensor, Path path) {
    try (AtomicFile file =
        AtomicFile.prepare(
            path,
            out -> {
              CodedOutputStream coded = CodedOutputStream.newInstance(out);
              GraphEncoder.header(name, tensor, PreservedContent.NOTHING).writeTo(coded);
              WeightPlan.writeRawData(coded, out, tensor);
              coded.flush();
            })) {
      file.commit();
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }

  private static OnnxException cannotWrite(Path path, IOException e) {
    return new OnnxException("cannot write %s: %s".formatted(path, AtomicFile.reason(e)), e);
  }

  /** A model ready for the wire: what comes before the graph, the graph, its weights. */
  private record Message(ModelProto header, GraphProto graph, WeightPlan weights) {
    static Message of(OnnxModel model, ExternalData external, String dataName) {
      ModelProto header = header(model);
      GraphProto graph = GraphEncoder.withoutWeights(model.graph());
      long others = (long) header.getSerializedSize() + graph.getSerializedSize();
      WeightPlan weights = WeightPlan.of(model.graph(), external, dataName, others);
      Message message = new Message(header, graph, weights);
      if (message.size() > Integer.MAX_VALUE) {
        throw new OnnxException(
            "the model takes %d bytes, a file holds at most %d; write weights as external data"
                .formatted(message.size(), Integer.MAX_VALUE));
      }
      return message;
    }

    /** The same model with another name of its data file, of the same length. */
    Message named(String dataName) {
      return new Message(header, graph, weights.named(dataName));
    }

    private static ModelProto header(OnnxModel model) {
      ModelProto.Builder proto = model.carried().toBuilder();
      proto.setIrVersion(model.irVersion());
      if (!model.producer().isEmpty()) {
        proto.setProducerName(model.producer());
      }
      if (!model.producerVersion().isEmpty()) {
        proto.setProducerVersion(model.producerVersion());
      }
      model
          .opsets()
          .forEach((domain, version) ->
              proto.addOpsetImportBuilder().setDomain(domain).setVersion(version));
      model
          .metadata()
          .forEach((key, value) -> proto.addMetadataPropsBuilder().setKey(key).setValue(value));
      model.functions().forEach(function -> proto.addFunctions(FunctionCodec.encode(function)));
      return proto.build();
    }

    private long graphSize() {
      int tag = CodedOutputStream.computeTagSize(GraphProto.INITIALIZER_FIELD_NUMBER);
      return graph.getSerializedSize() + weights.fieldsSize(tag);
    }

    long size() {
      long inner = graphSize();
      return header.getSerializedSize()
          + CodedOutputStream.computeTagSize(ModelProto.GRAPH_FIELD_NUMBER)
          + CodedOutputStream.computeUInt64SizeNoTag(inner)
          + inner;
    }

    void writeTo(OutputStream out, Consumer<String> arrivals) throws IOException {
      CodedOutputStream coded = CodedOutputStream.newInstance(out);
      header.writeTo(coded);
      coded.writeTag(ModelProto.GRAPH_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
      coded.writeUInt64NoTag(graphSize());
      graph.writeTo(coded);
      weights.writeFields(coded, out, GraphProto.INITIALIZER_FIELD_NUMBER, arrivals);
      coded.flush();
    }
  }
}
