package dev.swage.data;

import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** Some samples of another source, in an order of their own. */
final class Selection implements DataSource {
  private final String name;
  private final DataSource whole;
  private final int[] indices;

  /**
   * @param indices not copied; each in [0, size of the whole)
   */
  Selection(String name, DataSource whole, int[] indices) {
    this.name = name;
    this.whole = whole;
    this.indices = indices;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public List<Shape> inputShapes() {
    return whole.inputShapes();
  }

  @Override
  public List<String> inputNames() {
    return whole.inputNames();
  }

  @Override
  public DataSource as(List<Optional<DType>> types) {
    return new Selection(name, whole.as(types), indices);
  }

  @Override
  public DataSource forInputs(List<ValueInfo> wanted) {
    return new Selection(name, whole.forInputs(wanted), indices);
  }

  @Override
  public Optional<TokenLimits> tokenLimits() {
    return whole.tokenLimits();
  }

  @Override
  public DataSource inEpoch(int epoch) {
    return new Selection(name, whole.inEpoch(epoch), indices);
  }

  @Override
  public String variation() {
    return whole.variation();
  }

  @Override
  public boolean padsBatches() {
    return whole.padsBatches();
  }

  @Override
  public OptionalInt classes() {
    return whole.classes();
  }

  @Override
  public List<String> classNames() {
    return whole.classNames();
  }

  @Override
  public DataSchema schema() {
    return whole.schema();
  }

  @Override
  public boolean isNoise() {
    return whole.isNoise();
  }

  @Override
  public int largestBatch() {
    return whole.largestBatch();
  }

  /** The first samples of streams are streams when each of them is there as often. */
  @Override
  public OptionalInt streams() {
    int each = whole.streams().orElse(0);
    boolean first = indices[indices.length - 1] == indices.length - 1;
    return each > 0 && first && indices.length % each == 0
        ? OptionalInt.of(each)
        : OptionalInt.empty();
  }

  @Override
  public Optional<TextUnit> textUnit() {
    return whole.textUnit();
  }

  @Override
  public Batch batch(int... positions) {
    return whole.batch(picked(positions));
  }

  @Override
  public Batch batch(Arena arena, int... positions) {
    return whole.batch(arena, picked(positions));
  }

  private int[] picked(int[] positions) {
    int[] picked = new int[positions.length];
    for (int i = 0; i < picked.length; i++) {
      picked[i] = indices[Objects.checkIndex(positions[i], indices.length)];
    }
    return picked;
  }
}
