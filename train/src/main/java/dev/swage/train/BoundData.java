package dev.swage.train;

import dev.swage.data.Batch;
import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.data.TextUnit;
import dev.swage.data.TokenLimits;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Data whose inputs have names, in the order of a model's inputs: those that the model does not
 * read are left out.
 */
final class BoundData implements DataSource {
  private final DataSource source;
  private final List<Integer> order;

  private BoundData(DataSource source, List<Integer> order) {
    this.source = source;
    this.order = order;
  }

  /**
   * Data for a model; as it is where its inputs have no names.
   *
   * @throws TrainingException if the model reads an input that the data does not have
   */
  static DataSource of(DataSource data, OnnxModel model) {
    List<ValueInfo> feeds = CarriedStates.of(model).dataFeeds(model.graph());
    DataSource source = data.forInputs(feeds);
    List<String> names = source.inputNames();
    if (names.isEmpty()) {
      return source;
    }
    List<Integer> order =
        feeds.stream()
            .map(feed -> {
              int index = names.indexOf(feed.name());
              if (index < 0) {
                throw new TrainingException(
                    "the model reads inputs %s, %s names its inputs %s"
                        .formatted(
                            feeds.stream().map(ValueInfo::name).toList(), source.name(), names));
              }
              return index;
            })
            .toList();
    boolean same = order.equals(java.util.stream.IntStream.range(0, names.size()).boxed().toList());
    return same ? source : new BoundData(source, order);
  }

  private <T> List<T> ordered(List<T> all) {
    return order.stream().map(all::get).toList();
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public int size() {
    return source.size();
  }

  @Override
  public List<Shape> inputShapes() {
    return ordered(source.inputShapes());
  }

  @Override
  public List<String> inputNames() {
    return ordered(source.inputNames());
  }

  @Override
  public DataSource as(List<Optional<DType>> types) {
    return this;
  }

  @Override
  public DataSource inEpoch(int epoch) {
    return new BoundData(source.inEpoch(epoch), order);
  }

  @Override
  public String variation() {
    return source.variation();
  }

  @Override
  public Optional<TokenLimits> tokenLimits() {
    return source.tokenLimits();
  }

  @Override
  public boolean padsBatches() {
    return source.padsBatches();
  }

  @Override
  public OptionalInt classes() {
    return source.classes();
  }

  @Override
  public List<String> classNames() {
    return source.classNames();
  }

  @Override
  public DataSchema schema() {
    return source.schema();
  }

  @Override
  public boolean isNoise() {
    return source.isNoise();
  }

  @Override
  public int largestBatch() {
    return source.largestBatch();
  }

  @Override
  public OptionalInt streams() {
    return source.streams();
  }

  @Override
  public Optional<TextUnit> textUnit() {
    return source.textUnit();
  }

  @Override
  public Batch batch(int... indices) {
    Batch batch = source.batch(indices);
    return new Batch(ordered(batch.inputs()), batch.targets());
  }

  @Override
  public Batch batch(Arena arena, int... indices) {
    Batch batch = source.batch(arena, indices);
    return new Batch(ordered(batch.inputs()), batch.targets());
  }

  @Override
  public String hash() {
    return source.hash();
  }
}
