package dev.swage.data;

/** The words of the key {@code dist}. */
enum RandomKind {
  NORMAL,
  UNIFORM,
  PHOTO
}
