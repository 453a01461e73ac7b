package dev.swage.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Data in two parts: one to train on, one to validate with. The parts have no sample in common, and
 * the same seed cuts the same data the same way.
 *
 * @param rest what is left
 * @param held what was cut off
 */
public record HoldOut(DataSource rest, DataSource held) {
  /**
   * Cuts a random part off.
   *
   * @param fraction in (0, 1); each part gets at least one sample
   * @throws DataException if there are fewer than two samples, or the samples are streams of a
   *     longer sequence, which cannot be taken apart
   */
  public static HoldOut of(DataSource source, double fraction, long seed) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new IllegalArgumentException("fraction must be in (0, 1), got " + fraction);
    }
    if (source.streams().isPresent() || source.size() < 2) {
      throw new DataException(
          "%s: no validation part can be cut off %s; give validation data"
              .formatted(
                  source.name(),
                  source.streams().isPresent() ? "streams" : "fewer than two samples"));
    }
    int[] order = shuffled(source.size(), seed);
    int count = Math.clamp(Math.round(source.size() * fraction), 1, source.size() - 1);
    String percent = String.format(Locale.ROOT, "%.3g %%", 100 * fraction);
    return new HoldOut(
        part(source, order, count, order.length, "without " + percent),
        part(source, order, 0, count, percent));
  }

  /** In the order of the whole, so that reading goes forward through a file. */
  private static DataSource part(
      DataSource source, int[] order, int from, int to, String description) {
    int[] indices = Arrays.copyOfRange(order, from, to);
    Arrays.sort(indices);
    return new Selection(source.name() + " (" + description + ")", source, indices);
  }

  private static int[] shuffled(int size, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    int[] order = new int[size];
    Arrays.setAll(order, i -> i);
    for (int i = size - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int moved = order[i];
      order[i] = order[other];
      order[other] = moved;
    }
    return order;
  }
}
