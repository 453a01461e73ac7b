package dev.swage.train.torch.op.attention;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Optional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * RotaryEmbedding: turns pairs of numbers of a head by angles that grow with the place.
 *
 * @param interleaved whether pairs stand side by side, rather than in two halves
 * @param width how many numbers of a head are turned; 0 for all
 * @param heads for inputs whose heads are merged; 0 where the width of the angles tells it
 */
record Rotation(boolean interleaved, long width, long heads) {
  private static Rotation of(NodeContext node) {
    return new Rotation(
        node.intAttribute("interleaved", 0) != 0,
        node.intAttribute("rotary_embedding_dim", 0),
        node.intAttribute("num_heads", 0));
  }

  /** Input, cosines, sines, places. */
  static Operator standard(NodeContext node) {
    Rotation rotation = of(node);
    return call -> rotation.apply(call.in(0), call.in(1), call.in(2), call.optional(3));
  }

  /** Input, places, cosines, sines; one place is that of the first element. */
  static Operator runtime(NodeContext node) {
    Rotation rotation = of(node);
    return call -> {
      Tensor x = call.in(0);
      Tensor places = call.in(1).to(ScalarType.Long);
      if (places.numel() == 1) {
        long length = x.size(x.dim() == 4 ? 2 : 1);
        places = Mask.places(length).add(places.reshape(1)).expand(x.size(0), length);
      }
      return rotation.apply(x, call.in(2), call.in(3), Optional.of(places));
    };
  }

  /**
   * @param x {@code [batch, length, heads·width]} or {@code [batch, heads, length, width]}
   * @param places {@code [batch, length]} rows of the tables; without them the tables are {@code
   *     [batch, length, pairs]}
   */
  Tensor apply(Tensor x, Tensor cosines, Tensor sines, Optional<Tensor> places) {
    boolean merged = x.dim() == 3;
    Tensor split = merged ? Heads.split(x, heads(x, cosines)) : x;
    Tensor turned = turned(split, angles(cosines, places), angles(sines, places));
    return merged ? Heads.merged(turned) : turned;
  }

  private long heads(Tensor x, Tensor cosines) {
    return heads > 0 ? heads : x.size(2) / (2 * cosines.size(-1));
  }

  /** {@code [batch, 1, length, pairs]}. */
  private static Tensor angles(Tensor table, Optional<Tensor> places) {
    if (places.isEmpty()) {
      return table.unsqueeze(1);
    }
    Tensor rows = places.get().to(ScalarType.Long);
    return torch
        .index_select(table, 0, rows.reshape(-1))
        .reshape(rows.size(0), rows.size(1), table.size(1))
        .unsqueeze(1);
  }

  private Tensor turned(Tensor x, Tensor cosine, Tensor sine) {
    long whole = x.size(3);
    long part = width > 0 ? width : whole;
    Tensor first = interleaved ? every(x, 0, part) : x.narrow(3, 0, part / 2);
    Tensor second = interleaved ? every(x, 1, part) : x.narrow(3, part / 2, part / 2);
    Tensor real = cosine.mul(first).sub(sine.mul(second));
    Tensor imaginary = sine.mul(first).add(cosine.mul(second));
    Tensor turned =
        interleaved
            ? torch.stack(new TensorVector(real, imaginary), -1).flatten(-2, -1)
            : torch.cat(new TensorVector(real, imaginary), -1);
    return part == whole
        ? turned
        : torch.cat(new TensorVector(turned, x.narrow(3, part, whole - part)), -1);
  }

  private static Tensor every(Tensor x, long start, long end) {
    return torch.slice(x, 3, new LongOptional(start), new LongOptional(end), 2);
  }

  /** For queries and keys of an attention that turns them itself. */
  static Rotation inside(boolean interleaved) {
    return new Rotation(interleaved, 0, 0);
  }

  /** How many numbers of a head these tables turn. */
  Rotation turning(Tensor cosines) {
    return new Rotation(interleaved, 2 * cosines.size(-1), heads);
  }
}
