package dev.swage.compress.search;

/** Is told how far a search has come, by the thread that searches. */
public interface SearchListener {
  /** Does nothing. */
  SearchListener NONE = new SearchListener() {};

  /** A node was measured for itself, or known from before. */
  default void measured(NodeSensitivity sensitivity, SearchProgress progress) {}

  /** A model was measured, or known from before. */
  default void evaluated(Trial trial, SearchProgress progress) {}
}
