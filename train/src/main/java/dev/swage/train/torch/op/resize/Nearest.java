package dev.swage.train.torch.op.resize;

import dev.swage.train.torch.program.NodeContext;

/** Which of two neighbours is taken. */
enum Nearest {
  ROUND_PREFER_FLOOR,
  ROUND_PREFER_CEIL,
  FLOOR,
  CEIL,
  /** Down where the axis grows, up where it shrinks: before operator set 11. */
  SIMPLE;

  static Nearest of(NodeContext node) {
    if (node.opset() < 11) {
      return SIMPLE;
    }
    String name = node.stringAttribute("nearest_mode", "round_prefer_floor");
    for (Nearest known : values()) {
      if (known.name().equalsIgnoreCase(name)) {
        return known;
      }
    }
    throw node.unsupported("nearest_mode '" + name + "'");
  }

  long index(double x, AxisResize axis) {
    double index =
        switch (this) {
          case ROUND_PREFER_FLOOR -> Math.ceil(x - 0.5);
          case ROUND_PREFER_CEIL -> Math.floor(x + 0.5);
          case FLOOR -> Math.floor(x);
          case CEIL -> Math.ceil(x);
          case SIMPLE -> axis.scale() < 1 ? Math.ceil(x) : Math.floor(x);
        };
    return Math.clamp((long) index, 0, axis.size() - 1);
  }
}
