package dev.swage.onnx;

import com.google.protobuf.ByteString;
import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.AttributeProto.AttributeType;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Turns wire attributes into {@link Attribute}s; kinds not looked into stay opaque. */
final class AttributeDecoder {
  /**
   * A list of attributes.
   *
   * @param values by name, in file order
   * @param rest what these do not hold of their wire forms, with the names, where there is anything
   */
  record Decoded(Map<String, Attribute> values, List<AttributeProto> rest) {}

  private final String file;
  private final TensorDecoder tensors;
  private final GraphDecoder graphs;
  private final ExternalCopies copies;

  AttributeDecoder(String file, TensorDecoder tensors, GraphDecoder graphs) {
    this.file = file;
    this.tensors = tensors;
    this.graphs = graphs;
    this.copies = new ExternalCopies(tensors);
  }

  /**
   * Decodes a list.
   *
   * @param owner the node in error messages about one attribute
   * @param holder who has the list, in the message about two of one name
   */
  Decoded decode(List<AttributeProto> protos, Node owner, Supplier<String> holder) {
    Map<String, Attribute> values = new LinkedHashMap<>();
    List<AttributeProto> all = new ArrayList<>();
    for (AttributeProto proto : protos) {
      Attribute value = decode(proto, owner);
      if (values.put(proto.getName(), value) != null) {
        throw new OnnxException(
            "%s: %s has two attributes '%s'".formatted(file, holder.get(), proto.getName()));
      }
      AttributeProto rest = copies.attribute(rest(proto, value), owner);
      if (!rest.equals(AttributeProto.getDefaultInstance())) {
        all.add(rest.toBuilder().setName(proto.getName()).build());
      }
    }
    return new Decoded(values, all);
  }

  private Attribute decode(AttributeProto proto, Node owner) {
    if (proto.getName().isEmpty()) {
      throw new OnnxException(
          "%s: %s has an attribute without a name".formatted(file, owner.describe()));
    }
    if (!proto.getRefAttrName().isEmpty()) {
      Attribute.Kind kind = Attribute.Kind.valueOf(proto.getType().name());
      return new Attribute.Reference(proto.getRefAttrName(), kind);
    }
    return switch (kind(proto)) {
      case FLOAT -> Attribute.of(proto.getF());
      case INT -> Attribute.of(proto.getI());
      case STRING ->
          proto.getS().isValidUtf8()
              ? Attribute.of(proto.getS().toStringUtf8())
              : new Attribute.OpaqueValue(proto);
      case FLOATS -> new Attribute.FloatsValue(proto.getFloatsList());
      case INTS -> new Attribute.IntsValue(proto.getIntsList());
      case STRINGS -> strings(proto);
      case TENSOR -> tensor(proto, owner);
      case GRAPH -> {
        require(proto.hasG(), proto, owner, "a graph");
        yield Attribute.of(graphs.graph(proto.getG()));
      }
      default -> new Attribute.OpaqueValue(copies.attribute(proto, owner));
    };
  }

  private static Attribute strings(AttributeProto proto) {
    List<ByteString> strings = proto.getStringsList();
    return strings.stream().allMatch(ByteString::isValidUtf8)
        ? new Attribute.StringsValue(strings.stream().map(ByteString::toStringUtf8).toList())
        : new Attribute.OpaqueValue(proto);
  }

  private Attribute tensor(AttributeProto proto, Node owner) {
    require(proto.hasT(), proto, owner, "a tensor");
    String name = proto.getName() + " of " + owner.describe();
    Optional<Tensor> tensor = tensors.decode(proto.getT(), name);
    if (tensor.isPresent()) {
      return Attribute.of(tensor.get());
    }
    TensorProto inline = tensors.selfContained(proto.getT(), name);
    return new Attribute.OpaqueValue(proto.toBuilder().setT(inline).build());
  }

  private void require(boolean present, AttributeProto proto, Node owner, String what) {
    if (!present) {
      throw new OnnxException(
          "%s: %s: attribute %s should hold %s, got nothing"
              .formatted(file, owner.describe(), proto.getName(), what));
    }
  }

  /** The declared kind, or the one its fields show where old files declare none. */
  private static AttributeType kind(AttributeProto proto) {
    if (proto.getType() != AttributeType.UNDEFINED) {
      return proto.getType();
    }
    if (proto.hasF()) {
      return AttributeType.FLOAT;
    } else if (proto.hasI()) {
      return AttributeType.INT;
    } else if (proto.hasS()) {
      return AttributeType.STRING;
    } else if (proto.hasT()) {
      return AttributeType.TENSOR;
    } else if (proto.hasG()) {
      return AttributeType.GRAPH;
    } else if (proto.getFloatsCount() > 0) {
      return AttributeType.FLOATS;
    } else if (proto.getIntsCount() > 0) {
      return AttributeType.INTS;
    } else if (proto.getStringsCount() > 0) {
      return AttributeType.STRINGS;
    }
    return AttributeType.UNDEFINED;
  }

  /** What {@code value} does not hold of its wire form. */
  private static AttributeProto rest(AttributeProto proto, Attribute value) {
    if (value instanceof Attribute.OpaqueValue) {
      return AttributeProto.getDefaultInstance();
    }
    AttributeProto.Builder rest = proto.toBuilder().clearName().clearType();
    switch (value) {
      case Attribute.FloatValue v -> rest.clearF();
      case Attribute.IntValue v -> rest.clearI();
      case Attribute.StringValue v -> rest.clearS();
      case Attribute.FloatsValue v -> rest.clearFloats();
      case Attribute.IntsValue v -> rest.clearInts();
      case Attribute.StringsValue v -> rest.clearStrings();
      case Attribute.GraphValue v -> rest.clearG();
      case Attribute.TensorValue v -> {
        TensorProto inner = rest(proto.getT());
        rest.clearT();
        if (!inner.equals(TensorProto.getDefaultInstance())) {
          rest.setT(inner);
        }
      }
      case Attribute.Reference v -> rest.clearRefAttrName();
      case Attribute.OpaqueValue v -> {}
    }
    return rest.build();
  }

  /** What a {@link Tensor} does not hold of its wire form, its name included. */
  static TensorProto rest(TensorProto proto) {
    return proto.toBuilder()
        .clearDims()
        .clearDataType()
        .clearFloatData()
        .clearInt32Data()
        .clearInt64Data()
        .clearDoubleData()
        .clearUint64Data()
        .clearRawData()
        .clearExternalData()
        .clearDataLocation()
        .build();
  }
}
