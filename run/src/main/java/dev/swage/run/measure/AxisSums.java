package dev.swage.run.measure;

import java.util.ArrayList;
import java.util.List;

/**
 * Sums for each place along one axis of an output, and which places are quantities of their own.
 *
 * <p>Where the magnitudes of places are far apart, as boxes beside scores, the few large values
 * hide what happens to the small ones. So the beginning or the end of an axis whose root mean
 * square is {@value #FAR} times below the largest is a part of its own, if the magnitude jumps
 * there. Values that never leave [−1, 1] share one natural unit and are not cut. Along an axis of
 * up to {@value #NAMED} places each place has a meaning of its own, and is looked at alone too; a
 * longer one holds like things, classes or hidden units.
 */
final class AxisSums {
  /** Magnitudes this many times apart are different quantities. */
  private static final int FAR = 32;

  /** How many times the magnitude jumps between neighbours where one quantity ends. */
  private static final int JUMP = 8;

  /** Axes of as many places are read as named quantities. */
  private static final int NAMED = 32;

  /** Longer axes are not looked at. */
  static final int LONGEST = 4096;

  /** Fewer values of a place do not tell how large it is, nor how it varies. */
  private static final int FEWEST = 8;

  /** Below this share of the largest magnitude there is nothing but rounding. */
  private static final double DUST = 1e-6;

  private final int axis;
  private final Sums[] places;

  AxisSums(int axis, int size) {
    this.axis = axis;
    this.places = new Sums[size];
    for (int i = 0; i < size; i++) {
      places[i] = new Sums();
    }
  }

  int axis() {
    return axis;
  }

  int size() {
    return places.length;
  }

  Sums place(int index) {
    return places[index];
  }

  /** The quantities along this axis whose magnitudes are far apart, with the ratio of each. */
  List<Part> quantities(double largest) {
    List<int[]> cuts = cuts(largest);
    List<Part> parts = new ArrayList<>();
    if (cuts.size() < 2) {
      return parts;
    }
    for (int[] cut : cuts) {
      double most = most(cut[0], cut[1]);
      if (most > DUST * most(0, places.length)) {
        parts.add(values(cut[0], cut[1]));
        if (places.length <= NAMED) {
          for (int i = cut[0]; i < cut[1]; i++) {
            if (counts(i, most)) {
              parts.add(values(i, i + 1));
            }
          }
        }
      }
    }
    return parts;
  }

  /** How much of the variation is kept of the axis as a whole, of its quantities and places. */
  List<Part> variations(double largest) {
    List<Part> parts = new ArrayList<>();
    for (int[] cut : cuts(largest)) {
      double most = most(cut[0], cut[1]);
      if (most <= DUST * most(0, places.length)) {
        continue;
      }
      addVariation(parts, cut[0], cut[1]);
      if (places.length <= NAMED) {
        for (int i = cut[0]; i < cut[1]; i++) {
          if (counts(i, most)) {
            addVariation(parts, i, i + 1);
          }
        }
      }
    }
    return parts;
  }

  private boolean counts(int place, double most) {
    return places[place].magnitude() >= most / FAR;
  }

  private Part values(int from, int to) {
    double signal = 0;
    double noise = 0;
    for (int i = from; i < to; i++) {
      signal += places[i].signal();
      noise += places[i].noise();
    }
    return new Part(axis, from, to, Sums.decibels(signal, noise));
  }

  private void addVariation(List<Part> parts, int from, int to) {
    double signal = 0;
    double noise = 0;
    for (int i = from; i < to; i++) {
      if (places[i].count() >= FEWEST && places[i].varies()) {
        signal += places[i].variation();
        noise += places[i].variationNoise();
      }
    }
    if (signal > 0) {
      parts.add(new Part(axis, from, to, Sums.decibels(signal, noise)));
    }
  }

  private double most(int from, int to) {
    double most = 0;
    for (int i = from; i < to; i++) {
      most = Math.max(most, places[i].magnitude());
    }
    return most;
  }

  /** Where quantities begin and end: one span, or up to three. */
  private List<int[]> cuts(double largest) {
    int size = places.length;
    double least = most(0, size) / FAR;
    int head = 0;
    while (head < size && places[head].magnitude() < least) {
      head++;
    }
    int tail = size;
    while (tail > head && places[tail - 1].magnitude() < least) {
      tail--;
    }
    boolean apart =
        largest > 1
            && places[0].count() >= FEWEST
            && areMostlyLarge(head, tail, least)
            && !areOutliers(head, tail);
    if (!apart || !jumps(head, head - 1)) {
      head = 0;
    }
    if (!apart || !jumps(tail - 1, tail)) {
      tail = size;
    }
    List<int[]> cuts = new ArrayList<>();
    for (int[] cut : new int[][] {{0, head}, {head, tail}, {tail, size}}) {
      if (cut[1] > cut[0]) {
        cuts.add(cut);
      }
    }
    return cuts;
  }

  /** A few large places among small ones are outliers, and no quantity of their own. */
  private boolean areMostlyLarge(int from, int to, double least) {
    int large = 0;
    for (int i = from; i < to; i++) {
      large += places[i].magnitude() >= least ? 1 : 0;
    }
    return large > 0 && 2 * large >= to - from;
  }

  /** Along an axis of like things, a quantity has several places and begins or ends the axis. */
  private boolean areOutliers(int from, int to) {
    boolean inside = from > 0 && to < places.length;
    return places.length > NAMED && (inside || to - from < 2);
  }

  private boolean jumps(int large, int small) {
    return small >= 0
        && small < places.length
        && places[large].magnitude() >= JUMP * places[small].magnitude();
  }
}
