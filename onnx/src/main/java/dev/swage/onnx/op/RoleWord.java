package dev.swage.onnx.op;

import dev.swage.onnx.Node;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A role as the table writes it; which weight it is can depend on the node's attributes. */
enum RoleWord {
  DATA(new InputRole.Activation()),
  PRODUCT(new InputRole.Weight(WeightKind.PRODUCT)),
  CONVOLUTION(new InputRole.Weight(WeightKind.CONVOLUTION)),
  TRANSPOSED_CONVOLUTION(new InputRole.Weight(WeightKind.CONVOLUTION_TRANSPOSED)),
  RECURRENT(new InputRole.Weight(WeightKind.RECURRENT)),
  TABLE(new InputRole.Weight(WeightKind.TABLE)),
  BIAS(new InputRole.Bias()),
  NORMALIZATION(new InputRole.Normalization()),
  STATISTIC(new InputRole.Statistic()),
  STATE(new InputRole.State()),
  PEEPHOLE(new InputRole.Peephole()),
  QUANTIZATION(new InputRole.Quantization()),
  SETTING(new InputRole.Shape()),
  OTHER(new InputRole.Other());

  private final InputRole role;

  RoleWord(InputRole role) {
    this.role = role;
  }

  static Optional<RoleWord> of(String word) {
    return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
  }

  private String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @param schema what attributes the operator has; where it has none of this name, the node's is
   *     not looked at
   */
  InputRole of(Node node, Optional<OperatorSchema> schema) {
    return switch (this) {
      case PRODUCT ->
          attribute(node, schema, "transB", 0) == 0
              ? role
              : new InputRole.Weight(WeightKind.PRODUCT_TRANSPOSED);
      case TRANSPOSED_CONVOLUTION ->
          attribute(node, schema, "group", 1) > 1
              ? new InputRole.Weight(WeightKind.CONVOLUTION_TRANSPOSED_GROUPED)
              : role;
      case TABLE -> attribute(node, schema, "axis", 0) == 0 ? role : new InputRole.Activation();
      default -> role;
    };
  }

  private static long attribute(
      Node node, Optional<OperatorSchema> schema, String name, long fallback) {
    boolean has = schema.map(s -> s.attributes().containsKey(name)).orElse(true);
    return has ? node.intAttribute(name, fallback) : fallback;
  }
}
