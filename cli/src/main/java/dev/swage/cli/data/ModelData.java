package dev.swage.cli.data;

import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import java.nio.file.Path;

/** Data that a model is trained on further. */
public final class ModelData {
  private ModelData() {}

  /**
   * Opens data by what the model knows of its columns, classes and tokens, or by what the data
   * themselves say where it knows nothing.
   *
   * @param folder where relative paths start
   * @throws dev.swage.data.DataException if the data cannot be used, or not by this model
   */
  public static DataSource open(String spec, Path folder, OnnxModel model) {
    DataSchema known = DataSchema.of(model);
    return known.equals(DataSchema.NONE)
        ? DataSource.open(spec, folder)
        : DataSource.open(spec, folder, known);
  }
}
