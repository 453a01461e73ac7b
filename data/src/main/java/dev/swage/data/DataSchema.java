package dev.swage.data;

import dev.swage.onnx.OnnxModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the data that a model was trained on means: which columns of a table are its inputs, what
 * the classes are called, and what the model does to the columns. It is settled once, by the
 * training data, and stands in the model's metadata as JSON: {@code swage.classes}, {@code
 * swage.features}, {@code swage.label}, {@code swage.features.mean}, {@code swage.features.std},
 * {@code swage.missing}; of texts {@code swage.text.unit} and {@code swage.vocabulary}; of texts
 * that become tokens {@code swage.texts}, {@code swage.tokenizer} or {@code swage.words}, and
 * {@code swage.text.length}; of categories {@code swage.categories} and {@code
 * swage.categories.form}; of pictures and recordings {@code swage.channels.mean} and {@code
 * swage.channels.std}.
 *
 * <p>Data that is opened for a model, {@link DataSource#open(DataSpec, java.nio.file.Path,
 * DataSchema)}, gets its classes and columns from here, never from what the file happens to hold.
 *
 * @param classNames by the index of the class: of a text its units; empty where targets are values,
 *     or classes have no names
 * @param textUnit what a text is cut into
 * @param features the columns of a table that are inputs, by name, or by number from 0 where the
 *     table has no header; empty for other data
 * @param label the column of a table that has the targets
 * @param statistics what the model does to the columns first
 * @param texts how texts become the numbers of tokens
 * @param categories columns of names, and which number each name has
 * @param channels what the model does first to the channels of pictures or recordings
 */
public record DataSchema(
    List<String> classNames,
    Optional<TextUnit> textUnit,
    List<String> features,
    Optional<String> label,
    Optional<FeatureStatistics> statistics,
    Optional<TextEncoding> texts,
    Optional<Categories> categories,
    Optional<FeatureStatistics> channels) {
  /** Of a model that knows nothing of its data, and of data that tells nothing. */
  public static final DataSchema NONE =
      new DataSchema(List.of(), Optional.empty(), List.of(), Optional.empty(), Optional.empty());

  private static final String WAY_OUT =
      "open it for the model: DataSource.open(spec, folder, schema)";

  /** Of data without categories, channels, and texts that become tokens. */
  public DataSchema(
      List<String> classNames,
      Optional<TextUnit> textUnit,
      List<String> features,
      Optional<String> label,
      Optional<FeatureStatistics> statistics) {
    this(
        classNames,
        textUnit,
        features,
        label,
        statistics,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * @throws IllegalArgumentException if there are statistics of another number of columns
   */
  public DataSchema {
    classNames = List.copyOf(classNames);
    features = List.copyOf(features);
    if (statistics.isPresent() && statistics.get().means().size() != features.size()) {
      throw new IllegalArgumentException(
          "statistics of %d columns for %d features"
              .formatted(statistics.get().means().size(), features.size()));
    }
  }

  /** Of data with named classes. */
  static DataSchema ofClasses(List<String> names) {
    return new DataSchema(names, Optional.empty(), List.of(), Optional.empty(), Optional.empty());
  }

  /** Of a text. */
  static DataSchema ofText(TextUnit unit, List<String> units) {
    return new DataSchema(units, Optional.of(unit), List.of(), Optional.empty(), Optional.empty());
  }

  /**
   * What a model's metadata says; {@link #NONE} for a model without entries.
   *
   * @throws dev.swage.onnx.OnnxException if an entry is malformed
   */
  public static DataSchema of(OnnxModel model) {
    return parse(model.metadata());
  }

  /** The same from a model's metadata. */
  public static DataSchema parse(Map<String, String> metadata) {
    return SchemaMetadata.read(metadata);
  }

  /**
   * Whether it says what the targets are, classes or values. A model with a new head knows its
   * inputs only.
   */
  public boolean knowsTargets() {
    return label.isPresent() || !classNames.isEmpty();
  }

  /** With the targets of the data, where it knows of none. */
  DataSchema withTargets(List<String> names, Optional<String> column) {
    return knowsTargets()
        ? this
        : new DataSchema(
            names, textUnit, features, column, statistics, texts, categories, channels);
  }

  /** The model with these entries; entries for what is not known here stay as they are. */
  public OnnxModel applyTo(OnnxModel model) {
    return SchemaMetadata.write(this, model);
  }

  /**
   * What is not alike in data and this model, with the way out; empty where the data means the same
   * or tells nothing.
   */
  public Optional<String> conflict(DataSchema data) {
    Optional<FeatureStatistics> filled = data.statistics.filter(FeatureStatistics::fillsMissing);
    if (data.equals(NONE)) {
      return Optional.empty();
    }
    if (data.statistics.isPresent() && statistics.isEmpty()) {
      return Optional.of(
          "the model has no statistics of the columns, which %s needs; %s"
              .formatted(filled.isPresent() ? "missing=mean" : "standardize=true", WAY_OUT));
    }
    if (data.channels.isPresent() && channels.isEmpty()) {
      return Optional.of(
          "the model has no statistics of the channels, which standardize=true needs; " + WAY_OUT);
    }
    if (!classNames.isEmpty() && !classNames.equals(data.classNames)) {
      return Optional.of(
          "its classes are %s, those of the model %s; %s"
              .formatted(Listing.of(data.classNames), Listing.of(classNames), WAY_OUT));
    }
    if (isTable() && data.isTable() && !features.equals(data.features)) {
      return Optional.of(
          "its columns are %s, those of the model %s; %s"
              .formatted(Listing.of(data.features), Listing.of(features), WAY_OUT));
    }
    if (isTable() && data.isTable() && !categories.equals(data.categories)) {
      return Optional.of("its categories are not those of the model; " + WAY_OUT);
    }
    if (texts.isPresent() && data.texts.filter(texts.get()::cutsAs).isEmpty()) {
      return Optional.of("its tokens are not those that the model was trained with; " + WAY_OUT);
    }
    if (filled.isPresent() && !filled.equals(statistics)) {
      return Optional.of("its missing values became other means than the model's; " + WAY_OUT);
    }
    return Optional.empty();
  }

  /** How many numbers a row of the table is to the network, behind what the model does first. */
  public int networkWidth() {
    return categories.map(each -> each.width(features)).orElse(features.size());
  }

  /** Whether the model reads rows of a table. */
  public boolean isTable() {
    return !features.isEmpty();
  }
}
