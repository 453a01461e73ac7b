package dev.swage.run.score;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.run.BatchRetry;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SampleFeed;
import dev.swage.run.StateFeed;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A model's outputs on all samples of some data, held so that many candidates can be compared with
 * them while the model itself runs once. Memory: the outputs of all samples.
 */
public final class ReferenceOutputs {
  private final String name;
  private final List<String> names;
  private final DataSource data;
  private final SampleFeed feed;
  private final List<List<Tensor>> batches;

  private ReferenceOutputs(
      ModelSession reference, DataSource data, SampleFeed feed, List<List<Tensor>> batches) {
    this.name = reference.name();
    this.names = reference.outputs().stream().map(output -> output.name()).toList();
    this.data = data;
    this.feed = feed;
    this.batches = batches;
  }

  /**
   * Runs the model on all samples, states carried where the data are streams. The session may be
   * closed afterwards.
   *
   * @param batchSize wanted size; a model with a fixed batch dimension is run at that
   * @throws RunException if it cannot be run on the data
   */
  public static ReferenceOutputs of(ModelSession reference, DataSource data, int batchSize) {
    return BatchRetry.over(reference, data, batchSize, feed -> of(reference, data, feed));
  }

  private static ReferenceOutputs of(ModelSession reference, DataSource data, SampleFeed feed) {
    StateFeed states = new StateFeed(reference, data);
    List<List<Tensor>> batches = new ArrayList<>();
    for (int from = 0; from < data.size(); from += feed.batchSize()) {
      batches.add(states.run(feed.inputs(feed.batch(from))));
    }
    return new ReferenceOutputs(reference, data, feed, batches);
  }

  /** What can be measured of these outputs: they against themselves. */
  public OutputFidelity ofItself() {
    OutputRuns outputs = new OutputRuns(name, names, name, names);
    for (int i = 0; i < batches.size(); i++) {
      int from = i * feed.batchSize();
      outputs.add(batches.get(i), batches.get(i), feed.batch(from), feed.rows(from));
    }
    return outputs.fidelity(data.size());
  }

  /**
   * How near a candidate's outputs come, on the same samples in the same batches: what {@link
   * OutputFidelity#of(ModelSession, ModelSession, DataSource, int)} says of the two.
   *
   * @throws RunException if it cannot be run on the data, or shapes or types of its outputs differ
   */
  public OutputFidelity fidelity(ModelSession candidate) {
    OutputRuns outputs = new OutputRuns(name, names, candidate.name(), OutputRuns.names(candidate));
    StateFeed states = new StateFeed(candidate, data);
    for (int i = 0; i < batches.size(); i++) {
      int from = i * feed.batchSize();
      Batch batch = feed.batch(from);
      outputs.add(batches.get(i), states.run(feed.inputs(batch)), batch, feed.rows(from));
    }
    return outputs.fidelity(data.size());
  }
}
