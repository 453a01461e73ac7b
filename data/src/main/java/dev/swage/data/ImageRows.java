package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** Pictures {@code [channels, height, width]}, decoded when they are asked for. */
final class ImageRows implements Rows {
  private final List<Path> files;
  private final Shape shape;
  private final boolean resize;
  private final Scaling scaling;

  /**
   * @param resize whether pictures of another size are stretched to the shape, or errors
   */
  ImageRows(List<Path> files, Shape shape, boolean resize, Scaling scaling) {
    this.files = files;
    this.shape = shape;
    this.resize = resize;
    this.scaling = scaling;
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    int channels = (int) shape.dim(0);
    int height = (int) shape.dim(1);
    int width = (int) shape.dim(2);
    Picture picture = Picture.read(files.get(row));
    boolean fits = picture.width() == width && picture.height() == height;
    if (!fits && !resize) {
      throw new DataException(
          "%s is %d x %d pixels, expected %d x %d as %s; resize=%dx%d stretches all alike"
              .formatted(
                  files.get(row),
                  picture.width(),
                  picture.height(),
                  width,
                  height,
                  files.getFirst().getFileName(),
                  width,
                  height));
    }
    long to = offset;
    for (int channel = 0; channel < channels; channel++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++, to += Float.BYTES) {
          float value =
              channels == 1
                  ? luma(picture, x, y, width, height)
                  : picture.stretched(x, y, channel, width, height);
          batch.set(Tensor.LE_FLOAT, to, scaling.apply(value, channel));
        }
      }
    }
  }

  /** Luma of ITU-R BT.601. */
  private static float luma(Picture picture, int x, int y, int width, int height) {
    return 0.299f * picture.stretched(x, y, 0, width, height)
        + 0.587f * picture.stretched(x, y, 1, width, height)
        + 0.114f * picture.stretched(x, y, 2, width, height);
  }
}
