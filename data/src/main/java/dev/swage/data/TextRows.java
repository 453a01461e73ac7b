package dev.swage.data;

import java.util.List;

/** The texts of samples, read one by one in any order; safe for many threads. */
interface TextRows {
  int size();

  TextPair at(int row);

  /** Where a text stands, for messages: file and line. */
  String place(int row);

  /** Texts in memory. */
  record InMemory(List<TextPair> texts, java.util.function.IntFunction<String> places)
      implements TextRows {
    @Override
    public int size() {
      return texts.size();
    }

    @Override
    public TextPair at(int row) {
      return texts.get(row);
    }

    @Override
    public String place(int row) {
      return places.apply(row);
    }
  }
}
