package dev.swage.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a run has opened and must close. Parts are closed in the reverse of the order they were
 * opened in, all of them, also where closing one fails. Not thread-safe.
 */
class OpenParts implements AutoCloseable {
  private final Deque<Runnable> closings = new ArrayDeque<>();

  /**
   * Takes over an open part.
   *
   * @param closing what closes it; is called once
   * @return the part
   */
  <T> T add(T part, Consumer<? super T> closing) {
    closings.push(() -> closing.accept(part));
    return part;
  }

  /** Closes all parts; the first failure comes out, with the others suppressed in it. */
  @Override
  public void close() {
    Throwable failure = closeAll(null);
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (RuntimeException) failure;
    }
  }

  /** Closes all parts after a failure, which gets the failures of closing as suppressed ones. */
  void closeAfter(Throwable failure) {
    closeAll(failure);
  }

  @SuppressWarnings("ReferenceEquality") // the very same exception cannot suppress itself
  private @Nullable Throwable closeAll(@Nullable Throwable before) {
    Throwable failure = before;
    while (!closings.isEmpty()) {
      try {
        closings.pop().run();
      } catch (RuntimeException | Error e) {
        if (failure == null) {
          failure = e;
        } else if (failure != e) {
          failure.addSuppressed(e);
        }
      }
    }
    return failure;
  }
}
