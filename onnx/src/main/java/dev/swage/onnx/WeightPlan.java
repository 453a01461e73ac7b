package dev.swage.onnx;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.swage.files.FileOutput;
import dev.swage.onnx.wire.StringStringEntryProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/**
 * Where each weight of a model goes, in the model or to its data file, and how long that makes it.
 */
final class WeightPlan {
  private static final long ALIGNMENT = 4096;

  /** A weight's message without raw data, and its tensor. */
  private record Entry(TensorProto header, Tensor tensor, boolean external, long offset) {
    long messageSize() {
      long size = header.getSerializedSize();
      if (external) {
        return size;
      }
      long bytes = tensor.byteSize();
      return size
          + CodedOutputStream.computeTagSize(TensorProto.RAW_DATA_FIELD_NUMBER)
          + CodedOutputStream.computeUInt64SizeNoTag(bytes)
          + bytes;
    }

    Entry named(String dataFile) {
      TensorProto located = locate(header, dataFile, offset, tensor.byteSize());
      return new Entry(located, tensor, external, offset);
    }

    long fieldSize(int tagSize) {
      return tagSize + CodedOutputStream.computeUInt64SizeNoTag(messageSize()) + messageSize();
    }
  }

  private final List<Entry> entries;

  private WeightPlan(List<Entry> entries) {
    this.entries = entries;
  }

  static WeightPlan of(Graph graph, ExternalData choice, String dataFile, long otherBytes) {
    return switch (choice) {
      case ExternalData.Above above ->
          place(graph, (name, tensor) -> tensor.byteSize() >= above.minimumBytes(), dataFile);
      case ExternalData.Chosen chosen ->
          place(graph, (name, tensor) -> chosen.names().contains(name), dataFile);
      case ExternalData.WhenLarger when -> {
        WeightPlan inline = place(graph, (name, tensor) -> false, dataFile);
        yield inline.fieldsSize(1) + otherBytes <= when.limit()
            ? inline
            : place(graph, (name, tensor) -> tensor.byteSize() >= ExternalData.LEAST, dataFile);
      }
    };
  }

  private static WeightPlan place(
      Graph graph, BiPredicate<String, Tensor> external, String dataFile) {
    List<Entry> entries = new ArrayList<>();
    long end = 0;
    for (Map.Entry<String, Tensor> weight : graph.initializers().entrySet()) {
      Tensor tensor = weight.getValue();
      TensorProto header = GraphEncoder.header(weight.getKey(), tensor, graph.carried());
      if (!external.test(weight.getKey(), tensor)) {
        entries.add(new Entry(header, tensor, false, 0));
      } else {
        long offset = Math.ceilDiv(end, ALIGNMENT) * ALIGNMENT;
        end = offset + tensor.byteSize();
        TensorProto located = locate(header, dataFile, offset, tensor.byteSize());
        entries.add(new Entry(located, tensor, true, offset));
      }
    }
    return new WeightPlan(entries);
  }

  private static TensorProto locate(TensorProto header, String file, long offset, long length) {
    return header.toBuilder()
        .clearExternalData()
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(entry("location", file))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Long.toString(length)))
        .build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  /** The same plan with another name of the data file. */
  WeightPlan named(String dataFile) {
    return new WeightPlan(
        entries.stream().map(entry -> entry.external() ? entry.named(dataFile) : entry).toList());
  }

  boolean hasExternal() {
    return entries.stream().anyMatch(Entry::external);
  }

  /** Bytes of all weights as fields whose tag has {@code tagSize} bytes. */
  long fieldsSize(int tagSize) {
    return entries.stream().mapToLong(entry -> entry.fieldSize(tagSize)).sum();
  }

  /**
   * Writes every weight as a field with this number.
   *
   * @param coded a view of {@code out}
   * @param arrivals called with a weight's name before its data is read
   */
  void writeFields(CodedOutputStream coded, OutputStream out, int field, Consumer<String> arrivals)
      throws IOException {
    for (Entry entry : entries) {
      coded.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
      coded.writeUInt64NoTag(entry.messageSize());
      entry.header().writeTo(coded);
      if (!entry.external()) {
        arrivals.accept(entry.header().getName());
        writeRawData(coded, out, entry.tensor());
      }
    }
  }

  /**
   * Writes the data file.
   *
   * @param arrivals called with a weight's name before its data is read
   */
  void writeExternal(OutputStream out, Consumer<String> arrivals) throws IOException {
    long position = 0;
    for (Entry entry : entries) {
      if (entry.external()) {
        out.write(new byte[Math.toIntExact(entry.offset() - position)]);
        arrivals.accept(entry.header().getName());
        FileOutput.write(out, entry.tensor().data());
        position = entry.offset() + entry.tensor().byteSize();
      }
    }
  }

  /**
   * Appends the data to a tensor message under way.
   *
   * @param coded a view of {@code out}
   */
  static void writeRawData(CodedOutputStream coded, OutputStream out, Tensor tensor)
      throws IOException {
    coded.writeTag(TensorProto.RAW_DATA_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    coded.writeUInt64NoTag(tensor.byteSize());
    coded.flush();
    FileOutput.write(out, tensor.data());
  }
}
