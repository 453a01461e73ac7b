package dev.swage.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** A decoded picture as packed 8-bit red, green and blue, row by row; transparency is left out. */
final class Picture {
  /** More pixels than a camera takes; a header that claims more is not believed. */
  private static final long MOST_PIXELS = 200_000_000;

  private final int width;
  private final int height;
  private final int[] rgb;

  private Picture(int width, int height, int[] rgb) {
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /**
   * Decodes a picture; its format is found from its bytes.
   *
   * @param file what it is called in messages
   */
  static Picture read(byte[] bytes, String file) {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      var readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new DataException(file + " is not a PNG, JPEG, BMP or GIF picture");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        return read(reader, file);
      } finally {
        reader.dispose();
      }
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new DataException(
          "%s cannot be decoded: %s: %s"
              .formatted(file, e.getClass().getSimpleName(), e.getMessage()),
          e);
    }
  }

  private static Picture read(ImageReader reader, String file) throws IOException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    if ((long) width * height > MOST_PIXELS) {
      throw new DataException(
          "%s claims %d x %d pixels, expected at most %d"
              .formatted(file, width, height, MOST_PIXELS));
    }
    BufferedImage image = reader.read(0);
    boolean gray =
        image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY
            && image.getSampleModel().getSampleSize(0) <= 16;
    int[] rgb =
        gray
            ? grayLevels(image)
            : image.getRGB(0, 0, width, height, new int[width * height], 0, width);
    return new Picture(width, height, rgb);
  }

  /** Java2D takes gray levels for linear light and would brighten them; files mean them as sRGB. */
  private static int[] grayLevels(BufferedImage image) {
    Raster raster = image.getRaster();
    int[] levels = raster.getSamples(0, 0, image.getWidth(), image.getHeight(), 0, (int[]) null);
    float scale = 255f / ((1 << image.getSampleModel().getSampleSize(0)) - 1);
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Math.round(levels[i] * scale) * 0x010101;
    }
    return levels;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /** Red, green or blue of a pixel, 0 to 255. */
  int at(int x, int y, int channel) {
    return rgb[y * width + x] >> (16 - 8 * channel) & 0xFF;
  }

  /**
   * Red, green or blue where a pixel of this picture stretched to another size lies: the four
   * pixels around it weighed by nearness, pixel centres at halves, borders repeated.
   */
  float stretched(int x, int y, int channel, int toWidth, int toHeight) {
    float atX = Math.clamp((x + 0.5f) * width / toWidth - 0.5f, 0, width - 1);
    float atY = Math.clamp((y + 0.5f) * height / toHeight - 0.5f, 0, height - 1);
    int left = (int) atX;
    int top = (int) atY;
    int right = Math.min(left + 1, width - 1);
    int bottom = Math.min(top + 1, height - 1);
    float h = atX - left;
    float v = atY - top;
    float upper = (1 - h) * at(left, top, channel) + h * at(right, top, channel);
    float lower = (1 - h) * at(left, bottom, channel) + h * at(right, bottom, channel);
    return (1 - v) * upper + v * lower;
  }
}
