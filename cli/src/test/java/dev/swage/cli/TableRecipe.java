package dev.swage.cli;

/** A small recipe on a table. */
final class TableRecipe {
  private TableRecipe() {}

  static String text(String train, String test, int features, int classes) {
    return """
    name: table
    seed: 7
    data:
      train: "%1$s"
      test: "%2$s"
    model:
      input: [%3$d]
      layers:
        - dense: 16
        - relu
        - dense: %4$d
        - softmax
    train:
      loss: cross-entropy
      optimizer: {adamw: {lr: 0.01}}
      batch: 15
      epochs: 40
      clip: {norm: 1.0}
    ship: [float32, int8]
    """
        .formatted(train, test, features, classes);
  }
}
