package dev.swage.train.torch.op.resize;

import dev.swage.train.torch.program.NodeContext;

/** Where on the original axis an element of the resized axis is: ONNX's transformation modes. */
enum Coordinates {
  HALF_PIXEL {
    @Override
    double original(double x, AxisResize axis) {
      return (x + 0.5) / axis.scale() - 0.5;
    }
  },
  HALF_PIXEL_SYMMETRIC {
    @Override
    double original(double x, AxisResize axis) {
      double adjustment = axis.resized() / (axis.scale() * axis.size());
      double center = axis.size() / 2.0;
      return center * (1 - adjustment) + (x + 0.5) / axis.scale() - 0.5;
    }
  },
  PYTORCH_HALF_PIXEL {
    @Override
    double original(double x, AxisResize axis) {
      return axis.resized() > 1 ? (x + 0.5) / axis.scale() - 0.5 : 0;
    }
  },
  ALIGN_CORNERS {
    @Override
    double original(double x, AxisResize axis) {
      return axis.resized() > 1 ? x * (axis.size() - 1) / (axis.resized() - 1) : 0;
    }
  },
  ASYMMETRIC {
    @Override
    double original(double x, AxisResize axis) {
      return x / axis.scale();
    }
  },
  TF_HALF_PIXEL_FOR_NN {
    @Override
    double original(double x, AxisResize axis) {
      return (x + 0.5) / axis.scale();
    }
  },
  TF_CROP_AND_RESIZE {
    @Override
    double original(double x, AxisResize axis) {
      double last = axis.size() - 1;
      return axis.resized() > 1
          ? axis.start() * last + x * (axis.end() - axis.start()) * last / (axis.resized() - 1)
          : 0.5 * (axis.start() + axis.end()) * last;
    }
  };

  abstract double original(double x, AxisResize axis);

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
