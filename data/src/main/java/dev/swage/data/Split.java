package dev.swage.data;

/** Which part of a data set to open. */
enum Split {
  TRAIN(0),
  VALIDATION(1),
  TEST(2);

  private final long part;

  Split(long part) {
    this.part = part;
  }

  /** The part of a seed this split of generated data takes its numbers from. */
  long part() {
    return part;
  }
}
