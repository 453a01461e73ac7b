package dev.swage.data;

import dev.swage.data.Augmentation.View;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Pictures {@code [channels, height, width]}, decoded when they are asked for. */
final class ImageRows implements Rows {
  private static final int NO_EPOCH = -1;

  private final NamedFiles files;
  private final List<String> names;
  private final Frame frame;
  private final Scaling scaling;
  private final Augmentation augmentation;
  private final int epoch;

  /**
   * The sizes of pictures.
   *
   * @param shape of a sample
   * @param resize the size that they are stretched to; empty for their own
   * @param crop whether a sample is a part of a picture
   */
  record Frame(Shape shape, Optional<Size> resize, boolean crop) {
    int channels() {
      return (int) shape.dim(0);
    }

    int height() {
      return (int) shape.dim(1);
    }

    int width() {
      return (int) shape.dim(2);
    }
  }

  /** Pixels across and down. */
  record Size(int width, int height) {}

  ImageRows(
      NamedFiles files,
      List<String> names,
      Frame frame,
      Scaling scaling,
      Augmentation augmentation) {
    this(files, names, frame, scaling, augmentation, NO_EPOCH);
  }

  private ImageRows(
      NamedFiles files,
      List<String> names,
      Frame frame,
      Scaling scaling,
      Augmentation augmentation,
      int epoch) {
    this.files = files;
    this.names = names;
    this.frame = frame;
    this.scaling = scaling;
    this.augmentation = augmentation;
    this.epoch = epoch;
  }

  @Override
  public int size() {
    return names.size();
  }

  @Override
  public Shape shape() {
    return frame.shape();
  }

  @Override
  public Rows inEpoch(int number) {
    return augmentation.isNone()
        ? this
        : new ImageRows(files, names, frame, scaling, augmentation, number);
  }

  @Override
  public String variation() {
    return augmentation.isNone() ? "" : augmentation.toString();
  }

  /** Decodes a file. */
  static Picture decode(NamedFiles files, String name) {
    try {
      return Picture.read(files.read(name), files.shown(name));
    } catch (IOException e) {
      throw new DataException(
          "%s cannot be read: %s".formatted(files.shown(name), e.getMessage()), e);
    }
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    Picture picture = decode(files, names.get(row));
    Size size = frame.resize().orElse(new Size(picture.width(), picture.height()));
    requireFitting(size, row);
    int width = frame.width();
    int height = frame.height();
    View view =
        epoch == NO_EPOCH
            ? Augmentation.middle(size.width(), size.height(), width, height)
            : augmentation.view(epoch, row, size.width(), size.height(), width, height);
    long to = offset;
    for (int channel = 0; channel < frame.channels(); channel++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++, to += Float.BYTES) {
          int fromX = view.left() + (view.mirrored() ? width - 1 - x : x);
          float value = value(picture, fromX, view.top() + y, channel, size);
          batch.set(Tensor.LE_FLOAT, to, scaling.apply(value, channel));
        }
      }
    }
  }

  private void requireFitting(Size size, int row) {
    boolean same = size.width() == frame.width() && size.height() == frame.height();
    boolean larger = size.width() >= frame.width() && size.height() >= frame.height();
    if (frame.crop() ? larger : same) {
      return;
    }
    if (frame.crop()) {
      throw new DataException(
          "%s is %d x %d pixels, smaller than crop=%dx%d; resize=WIDTHxHEIGHT makes all alike first"
              .formatted(
                  files.shown(names.get(row)),
                  size.width(),
                  size.height(),
                  frame.width(),
                  frame.height()));
    }
    String first = names.getFirst();
    throw new DataException(
        "%s is %d x %d pixels, expected %d x %d as %s; resize=%dx%d stretches all alike"
            .formatted(
                files.shown(names.get(row)),
                size.width(),
                size.height(),
                frame.width(),
                frame.height(),
                first.substring(first.lastIndexOf('/') + 1),
                frame.width(),
                frame.height()));
  }

  /** A channel's value where a pixel of the stretched picture lies; 0 outside of it. */
  private float value(Picture picture, int x, int y, int channel, Size size) {
    if (x < 0 || y < 0 || x >= size.width() || y >= size.height()) {
      return 0;
    }
    return frame.channels() == 1
        ? luma(picture, x, y, size)
        : picture.stretched(x, y, channel, size.width(), size.height());
  }

  /** Luma of ITU-R BT.601. */
  private static float luma(Picture picture, int x, int y, Size size) {
    return 0.299f * picture.stretched(x, y, 0, size.width(), size.height())
        + 0.587f * picture.stretched(x, y, 1, size.width(), size.height())
        + 0.114f * picture.stretched(x, y, 2, size.width(), size.height());
  }
}
