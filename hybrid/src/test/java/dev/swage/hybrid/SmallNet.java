package dev.swage.hybrid;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Conv;
import dev.swage.onnx.layer.Network;
import dev.swage.onnx.layer.Recurrent;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;

/** Networks of four classes, one for each kind of layer that becomes codes, and data for them. */
enum SmallNet {
  DENSE,
  CONV,
  RESIDUAL,
  LSTM,
  EMBEDDING,
  /** A table that is large enough for its rows to be looked up as codes. */
  TABLE;

  private static final int SAMPLES = 64;
  private static final int CLASSES = 4;
  private static final int STEPS = 6;
  private static final int WORDS = 9;
  private static final int ROWS = 64;

  OnnxModel model() {
    return switch (this) {
      case DENSE -> Network.input("x", 12).dense(16).relu().dense(CLASSES).seed(3).build();
      case CONV ->
          Network.input("x", 2, 8, 8)
              .conv2d(6, 3)
              .batchNorm()
              .relu()
              .maxPool2d(2)
              .conv2d(5, 3)
              .relu()
              .flatten()
              .dense(CLASSES)
              .seed(3)
              .build();
      case RESIDUAL ->
          Network.input("x", 2, 8, 8)
              .conv2d(Conv.of(4, 3).same())
              .relu()
              .residual(body -> body.conv2d(Conv.of(4, 3).same()).batchNorm())
              .relu()
              .flatten()
              .dense(CLASSES)
              .seed(3)
              .build();
      case LSTM ->
          Network.input("x", STEPS, 8)
              .recurrent(Recurrent.lstm(8).last())
              .dense(CLASSES)
              .seed(3)
              .build();
      case EMBEDDING, TABLE ->
          Network.tokens("x", STEPS)
              .embedding(words(), 8)
              .flatten()
              .dense(12)
              .relu()
              .dense(CLASSES)
              .seed(3)
              .build();
    };
  }

  private int words() {
    return this == TABLE ? ROWS : WORDS;
  }

  private Shape shape() {
    return switch (this) {
      case DENSE -> Shape.of(SAMPLES, 12);
      case CONV, RESIDUAL -> Shape.of(SAMPLES, 2, 8, 8);
      case LSTM -> Shape.of(SAMPLES, STEPS, 8);
      case EMBEDDING, TABLE -> Shape.of(SAMPLES, STEPS);
    };
  }

  DataSource data() {
    Shape shape = shape();
    int count = Math.toIntExact(shape.elements());
    Tensor inputs =
        this == EMBEDDING || this == TABLE
            ? Tensor.ofLongs(shape, TestFloats.random(5).longs(count, 0, words()).toArray())
            : Tensor.ofFloats(shape, TestFloats.gaussian(count, 1, 5));
    return DataSource.of(
        inputs,
        Tensor.ofLongs(
            Shape.of(SAMPLES), TestFloats.random(6).longs(SAMPLES, 0, CLASSES).toArray()));
  }
}
