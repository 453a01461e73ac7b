package dev.swage.train.torch.op.attention;

import dev.swage.train.torch.program.Operator;
import java.util.Map;

/** All operators of this package: ONNX's, and those of ONNX Runtime. */
public final class AttentionOperators {
  private static final String RUNTIME = "com.microsoft:";

  private AttentionOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    table.put("Attention", node -> new StandardAttention(node)::run);
    table.put("dev.swage:DotProductAttention", FusedAttention::compile);
    table.put("RotaryEmbedding", Rotation::standard);
    table.put(RUNTIME + "RotaryEmbedding", Rotation::runtime);
    table.put(RUNTIME + "Attention", node -> new MergedAttention(node)::run);
    table.put(RUNTIME + "MultiHeadAttention", node -> new MultiHeadAttention(node)::run);
    table.put(RUNTIME + "GroupQueryAttention", node -> new GroupQueryAttention(node)::run);
    table.put(RUNTIME + "EmbedLayerNormalization", Embedding::operator);
  }
}
