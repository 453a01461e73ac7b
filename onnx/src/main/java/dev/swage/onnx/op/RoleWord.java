package dev.swage.onnx.op;

import dev.swage.onnx.Node;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A role as the table writes it; which weight it is can depend on the node's attributes. */
enum RoleWord {
  DATA(new InputRole.Activation()),
  FIRST_FACTOR(new InputRole.Weight(WeightKind.FIRST_FACTOR)),
  PRODUCT(new InputRole.Weight(WeightKind.PRODUCT)),
  PRODUCT_BY_TRANSB(new InputRole.Weight(WeightKind.PRODUCT)),
  CONVOLUTION(new InputRole.Weight(WeightKind.CONVOLUTION)),
  TRANSPOSED_CONVOLUTION(new InputRole.Weight(WeightKind.CONVOLUTION_TRANSPOSED)),
  RECURRENT(new InputRole.Weight(WeightKind.RECURRENT)),
  EXPERTS(new InputRole.Weight(WeightKind.EXPERTS)),
  TABLE(new InputRole.Weight(WeightKind.TABLE)),
  EINSUM(new InputRole.Weight(WeightKind.EINSUM)),
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

  /** The role in a node that has this word at an input. */
  InputRole of(Node node) {
    return switch (this) {
      case FIRST_FACTOR ->
          node.intAttribute("transA", 0) == 0
              ? role
              : new InputRole.Weight(WeightKind.FIRST_FACTOR_TRANSPOSED);
      case PRODUCT_BY_TRANSB ->
          node.intAttribute("transB", 0) == 0
              ? role
              : new InputRole.Weight(WeightKind.PRODUCT_TRANSPOSED);
      case TRANSPOSED_CONVOLUTION ->
          node.intAttribute("group", 1) > 1
              ? new InputRole.Weight(WeightKind.CONVOLUTION_TRANSPOSED_GROUPED)
              : role;
      default -> role;
    };
  }
}
