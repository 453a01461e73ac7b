package dev.swage.train.torch.op.resize;

import dev.swage.train.torch.program.NodeContext;

/**
 * Where on the original axis an element of the resized axis is: ONNX's transformation modes, in
 * float32 as ONNX Runtime has them, since the last bit decides how a place is rounded.
 */
enum Coordinates {
  HALF_PIXEL {
    @Override
    float original(float x, AxisResize axis) {
      return (x + 0.5f) / axis.scale() - 0.5f;
    }
  },
  HALF_PIXEL_SYMMETRIC {
    @Override
    float original(float x, AxisResize axis) {
      float adjustment = axis.resized() / (axis.scale() * axis.size());
      float center = axis.size() / 2f;
      return center * (1 - adjustment) + (x + 0.5f) / axis.scale() - 0.5f;
    }
  },
  PYTORCH_HALF_PIXEL {
    @Override
    float original(float x, AxisResize axis) {
      return axis.resized() > 1 ? (x + 0.5f) / axis.scale() - 0.5f : 0;
    }
  },
  ALIGN_CORNERS {
    @Override
    float original(float x, AxisResize axis) {
      return axis.resized() > 1 ? x * (axis.size() - 1) / (axis.resized() - 1) : 0;
    }
  },
  ASYMMETRIC {
    @Override
    float original(float x, AxisResize axis) {
      return x / axis.scale();
    }
  },
  TF_HALF_PIXEL_FOR_NN {
    @Override
    float original(float x, AxisResize axis) {
      return (x + 0.5f) / axis.scale();
    }
  },
  TF_CROP_AND_RESIZE {
    @Override
    float original(float x, AxisResize axis) {
      float last = axis.size() - 1;
      return axis.resized() > 1
          ? axis.start() * last + x * (axis.end() - axis.start()) * last / (axis.resized() - 1)
          : 0.5f * (axis.start() + axis.end()) * last;
    }
  };

  abstract float original(float x, AxisResize axis);

  /** Before operator set 11 there was only one. */
  static Coordinates of(NodeContext node) {
    if (node.opset() < 11) {
      return ASYMMETRIC;
    }
    String name = node.stringAttribute("coordinate_transformation_mode", "half_pixel");
    for (Coordinates known : values()) {
      if (known.name().equalsIgnoreCase(name)) {
        return known;
      }
    }
    throw node.unsupported("coordinate_transformation_mode '" + name + "'");
  }
}
