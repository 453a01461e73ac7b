package dev.swage.data.token;

/** A text, or a pair of texts, as the numbers of its tokens. */
public final class Tokens {
  private final long[] ids;
  private final long[] types;

  /**
   * @param ids not copied
   * @param types for each token 0 in the first text, 1 in the second; not copied
   */
  public Tokens(long[] ids, long[] types) {
    if (ids.length != types.length) {
      throw new IllegalArgumentException("%d tokens, %d types".formatted(ids.length, types.length));
    }
    this.ids = ids;
    this.types = types;
  }

  /** How many there are. */
  public int count() {
    return ids.length;
  }

  /** The number of a token. */
  public long id(int token) {
    return ids[token];
  }

  /** 0 for a token of the first text, 1 for one of the second. */
  public long type(int token) {
    return types[token];
  }
}
