package dev.swage.bench.encoder;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The encoder with its head as one writes it on libtorch: {@code linear}, {@code layer_norm},
 * {@code scaled_dot_product_attention}, {@code gelu}, the mean over the tokens that the mask has.
 */
final class TorchEncoder {
  static final int LAYERS = 6;

  private static final long WIDTH = 384;
  private static final long HEADS = 12;
  private static final long INNER = 1536;
  private static final double EPSILON = 1e-12;

  private final Tensor words;
  private final Tensor positions;
  private final Tensor types;
  private final Norm norm;
  private final List<Layer> layers = new ArrayList<>();
  private final Linear head;

  TorchEncoder(EncoderWeights weights) {
    words = weights.get("embeddings.word_embeddings.weight", 30522, WIDTH);
    positions = weights.get("embeddings.position_embeddings.weight", 512, WIDTH);
    types = weights.get("embeddings.token_type_embeddings.weight", 2, WIDTH);
    norm = Norm.of(weights, "embeddings.LayerNorm");
    for (int i = 0; i < LAYERS; i++) {
      layers.add(Layer.of(weights, "encoder.layer." + i));
    }
    head = Linear.of(weights, "head", WIDTH, EncoderModel.CLASSES);
  }

  private record Linear(Tensor weight, TensorOptional bias) {
    static Linear of(EncoderWeights weights, String name, long inputs, long outputs) {
      String bias = name + ".bias";
      Tensor weight = weights.linear(bias, outputs, inputs);
      return new Linear(weight, new TensorOptional(weights.get(bias, outputs)));
    }

    Tensor apply(Tensor x) {
      return torch.linear(x, weight, bias);
    }
  }

  private record Norm(TensorOptional scale, TensorOptional bias) {
    static Norm of(EncoderWeights weights, String name) {
      Tensor scale = weights.get(name + ".weight", WIDTH);
      return new Norm(
          new TensorOptional(scale), new TensorOptional(weights.get(name + ".bias", WIDTH)));
    }

    Tensor apply(Tensor x) {
      return torch.layer_norm(x, new long[] {WIDTH}, scale, bias, EPSILON, false);
    }
  }

  private record Layer(
      Linear query,
      Linear key,
      Linear value,
      Linear attended,
      Norm first,
      Linear widen,
      Linear narrow,
      Norm second) {
    static Layer of(EncoderWeights weights, String name) {
      return new Layer(
          Linear.of(weights, name + ".attention.self.query", WIDTH, WIDTH),
          Linear.of(weights, name + ".attention.self.key", WIDTH, WIDTH),
          Linear.of(weights, name + ".attention.self.value", WIDTH, WIDTH),
          Linear.of(weights, name + ".attention.output.dense", WIDTH, WIDTH),
          Norm.of(weights, name + ".attention.output.LayerNorm"),
          Linear.of(weights, name + ".intermediate.dense", WIDTH, INNER),
          Linear.of(weights, name + ".output.dense", INNER, WIDTH),
          Norm.of(weights, name + ".output.LayerNorm"));
    }

    Tensor apply(Tensor x, TensorOptional allowed) {
      Tensor mixed =
          torch.scaled_dot_product_attention(
              heads(query.apply(x)),
              heads(key.apply(x)),
              heads(value.apply(x)),
              allowed,
              0,
              false,
              new DoubleOptional(),
              false);
      Tensor joined = mixed.transpose(1, 2).reshape(x.size(0), x.size(1), WIDTH);
      Tensor attention = first.apply(attended.apply(joined).add(x));
      Tensor wide = torch.gelu(widen.apply(attention));
      return second.apply(narrow.apply(wide).add(attention));
    }

    private static Tensor heads(Tensor x) {
      return x.view(x.size(0), x.size(1), HEADS, WIDTH / HEADS).transpose(1, 2);
    }
  }

  /**
   * The logits {@code [n, 2]}.
   *
   * @param ids int64 {@code [n, steps]}, as the mask and the types
   */
  Tensor logits(Tensor ids, Tensor mask, Tensor typeIds) {
    Tensor places = torch.arange(new Scalar(ids.size(1)), torch.dtype(ScalarType.Long));
    Tensor x =
        torch
            .embedding(words, ids)
            .add(torch.embedding(types, typeIds))
            .add(torch.embedding(positions, places));
    x = norm.apply(x);
    Tensor allowed = mask.to(ScalarType.Bool).view(mask.size(0), 1, 1, mask.size(1));
    for (Layer layer : layers) {
      x = layer.apply(x, new TensorOptional(allowed));
    }
    return head.apply(mean(x, mask.to(ScalarType.Float).unsqueeze(2)));
  }

  private static Tensor mean(Tensor x, Tensor ones) {
    Tensor count = sum(ones).clamp_min(new Scalar(1.0f));
    return sum(x.mul(ones)).div(count);
  }

  private static Tensor sum(Tensor x) {
    return x.sum(new long[] {1}, false, new ScalarTypeOptional());
  }
}
