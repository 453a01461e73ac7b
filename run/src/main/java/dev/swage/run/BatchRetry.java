package dev.swage.run;

import dev.swage.data.DataSource;
import java.util.function.Function;

/**
 * Work on batches of data, for models that name a batch axis and run one sample at a time only:
 * where a batch fails and its first sample alone does not, the work begins anew with single
 * samples. {@link ModelSession#runsOneAtATime} says afterwards that this was so.
 */
public final class BatchRetry {
  private BatchRetry() {}

  /**
   * Does the work, in batches of the wanted size where model and data allow it.
   *
   * @param work is done a second time, from its beginning, where the first time failed at this
   * @throws RunException as the work's, where single samples do not help
   */
  public static <T> T over(
      ModelSession session, DataSource data, int batchSize, Function<SampleFeed, T> work) {
    SampleFeed feed = new SampleFeed(session, data, batchSize);
    try {
      return work.apply(feed);
    } catch (RunException e) {
      if (!feed.isFree() || (!e.isLimited() && runs(session, data, feed))) {
        throw e;
      }
      SampleFeed single = new SampleFeed(session, data, 1);
      if (!runs(session, data, single)) {
        throw e;
      }
      session.runOneAtATime();
      return work.apply(new SampleFeed(session, data, 1));
    }
  }

  private static boolean runs(ModelSession session, DataSource data, SampleFeed feed) {
    try {
      session.run(new StateFeed(session, data).complete(feed.inputs(feed.batch(0))));
      return true;
    } catch (RunException e) {
      return false;
    }
  }
}
