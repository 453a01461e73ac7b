package dev.swage.data;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What stands before the colon of a {@link DataSpec}, and the keys each format understands.
 *
 * <p>Nearly all formats know {@code split=train|validation|test}, {@code limit=N} and {@code
 * seed=N} (default 0). A limit keeps the first N samples; with a seed, N drawn at random from
 * files. Formats of numbers know {@code scale=S}, {@code mean=M,…} and {@code std=D,…}: {@code (x /
 * S − M) / D}, with M and D one for all or one per channel of an image, per column of a table.
 *
 * <p>Files that have no splits of their own are dealt by {@code fractions=0.7,0.15,0.15} (the
 * default) after a seeded shuffle; without {@code split=} all samples are opened.
 */
public enum DataFormat {
  /**
   * A table, one sample a line, inputs {@code [features]}. {@code label=} a column's name or number
   * from 0, or {@code none}; default the last. {@code ignore=} columns that are no features. {@code
   * header=true|false}; default: whether no cell of the first line is a number. {@code
   * separator=comma|semicolon|tab|space}, with {@code decimal=comma} semicolon. {@code
   * task=classification|regression}; default: labels are classes when they are not numbers, or
   * whole numbers of at most 20 values; of other numbers it must be said. Classes are those of
   * {@code classes=NAME,…}, in this order, else all labels in ascending order. {@code na=} texts
   * that stand for a missing value, beside an empty cell; default {@code ?}. {@code
   * missing=error|drop|mean|own} for those. {@code standardize=true}: the model that is trained on
   * the table makes mean 0 and deviation 1 of its columns. Statistics, columns and classes belong
   * to the model ({@link DataSchema}); {@code own} takes the statistics of the training split of
   * the file that is opened, and treats the rows. Columns whose first value is a text, and those of
   * {@code category=COLUMN,…}, are categories: {@code categories=onehot|integer} in the model, by
   * names of the training rows; {@code unknown=error|zero} for others. {@code features=COLUMN,…}
   * are the inputs instead of all that are left; {@code text=} makes the texts of a column the
   * input, as in {@link #JSONL}.
   */
  CSV(
      Keys.numbers(
          "label",
          "header",
          "separator",
          "decimal",
          "na",
          "task",
          "classes",
          "missing",
          "standardize",
          "ignore",
          "category",
          "categories",
          "unknown",
          "fractions",
          "features",
          "text",
          "pair",
          "tokenizer",
          "length",
          "vocabulary",
          "pad",
          "side")),
  /**
   * A folder with MNIST's files, gzipped or not: inputs {@code [1, height, width]}, or {@code
   * [height·width]} with {@code layout=flat}; scale 255. The default split is train, 60,000 samples
   * of MNIST; {@code holdout=N} makes the last N of them the validation split.
   */
  IDX(Keys.numbers("layout", "holdout")),
  /**
   * NumPy arrays of inputs and targets, named {@code x} and {@code y} or as {@code x=} and {@code
   * y=} say, samples along the first axis. Inputs become float32; {@code type=stored} keeps their
   * type. Integer targets {@code [n]} are class indices, others are values.
   */
  NPZ(Keys.numbers("x", "y", "type", "fractions")),
  /** One NumPy array of inputs, without targets; keys as for {@link #NPZ}. */
  NPY(Keys.numbers("type", "fractions")),
  /**
   * A folder with one folder of pictures per class: inputs {@code [3, height, width]}, or {@code
   * [1, height, width]} with {@code gray=true}; scale 255. {@code resize=WIDTHxHEIGHT} makes their
   * sizes alike. {@code label}, {@code labels}, {@code test}, {@code validation} and {@code broken}
   * as for {@link #WAV}. {@code flip=horizontal}, {@code shift=PIXELS} and {@code
   * crop=WIDTHxHEIGHT} vary the pictures from epoch to epoch in training; otherwise a crop is the
   * middle. {@code standardize=true}: the model that is trained makes mean 0 and deviation 1 of the
   * channels of the training split.
   */
  IMAGES(
      Keys.numbers(
          "standardize",
          "resize",
          "gray",
          "flip",
          "shift",
          "crop",
          "label",
          "labels",
          "task",
          "classes",
          "fractions",
          "test",
          "validation",
          "broken")),
  /**
   * A folder of {@code test_data_set_N/{input,output}_i.pb}, as ONNX's own tests have it. Each set
   * is one sample, read alone and as stored, batch axis included.
   */
  ONNXPB(List.of("limit", "seed")),
  /**
   * Noise: {@code random:1x3x224x224,1x10} has two inputs. {@code n=100} samples, {@code
   * dist=normal|uniform|photo}; scale 1. Types are those that the model wants: integers from {@code
   * low=0} to {@code high=1}, one number for all inputs or one for each; uniform floats from low to
   * high too. Photos are pictures {@code [channels, height, width]} with the statistics of
   * photographs, scale 255.
   */
  RANDOM(Keys.numbers("n", "dist", "low", "high")),
  /**
   * Two interleaved half circles: inputs {@code [2]}, classes 0 and 1. {@code n=} samples, default
   * 8,000 for training and 2,000 for the other splits; {@code noise=0.15}.
   */
  MOONS(Keys.common("n", "noise")),
  /**
   * Digits drawn from strokes: inputs {@code [1, size, size]}, scale 255, 10 classes. {@code n=}
   * samples, default 10,000 for training and 2,000 for the other splits; {@code size=28}.
   */
  GLYPHS(Keys.numbers("n", "size")),
  /**
   * Round clouds of points, one per class: inputs {@code [features]}. {@code n=} samples, default
   * 10,000 for training and 2,000 for the other splits; {@code features=32}, {@code classes=10},
   * {@code separation=0.5}, the deviation of the class centres in units of the noise; {@code
   * corrupt=0}, the share of samples whose inputs are multiplied by 1 to 100.
   */
  BLOBS(Keys.common("n", "features", "classes", "separation", "corrupt")),
  /**
   * Recordings in a folder or zip file of WAV files, decoded when a batch asks for them. {@code
   * features=samples|logmel}: inputs {@code [1, samples]}, or spectra {@code [1, mels, frames]};
   * {@code layout=image|sequence|flat}: {@code [samples, 1]} and {@code [frames, mels]}, or {@code
   * [samples]}. {@code seconds=1} or {@code length=SAMPLES}: longer ones are cut, shorter ones
   * filled with zeros. {@code rate=N} samples a second; default that of the first file. {@code
   * mels=40}, {@code window=25ms}, {@code hop=10ms}. {@code label=folder|none|REGEX}, or {@code
   * labels=FILE.csv}. {@code test=REGEX} and {@code validation=REGEX} on paths, instead of
   * fractions. {@code broken=error|skip}. {@code standardize} as for {@link #IMAGES}.
   */
  WAV(
      Keys.numbers(
          "standardize",
          "features",
          "layout",
          "seconds",
          "length",
          "rate",
          "mels",
          "window",
          "hop",
          "label",
          "labels",
          "task",
          "classes",
          "fractions",
          "test",
          "validation",
          "broken")),
  /**
   * A UTF-8 text, gzipped or not, read as parallel streams: inputs int64 {@code [length]}, targets
   * the units that follow. {@code unit=char|word}; {@code length=64} units a window; {@code
   * streams=32} parts of equal length, of which sample {@code i} continues sample {@code i −
   * streams}; a batch is one window of every stream. The last tenth is the test split ({@code
   * fractions=0.9,0,0.1}), without {@code split=} the whole file is opened. Characters are numbered
   * by code point; words by frequency in the training split, the {@code vocabulary=10000} most
   * frequent of them, after 0 for all others.
   */
  TEXT(Keys.common("unit", "length", "streams", "fractions", "vocabulary")),
  /**
   * One text file per class, in a folder or a zip file, one sample a line: the name of the file is
   * the class. {@code encoding=utf-8|latin1|…}; {@code files=REGEX} the names to read, else all but
   * hidden ones and those that begin with README or LICENSE. Texts become tokens as in {@link
   * #JSONL}.
   */
  LINES(
      Keys.common(
          "encoding", "files", "fractions", "tokenizer", "length", "vocabulary", "pad", "side")),
  /**
   * JSON objects, one a line, gzipped or not. {@code text=FIELD}, with {@code pair=FIELD} for two
   * texts; {@code features=FIELD,…} numbers; {@code label=FIELD}, or {@code none}. {@code task} and
   * {@code classes} as for {@link #CSV}. Texts become int64 inputs {@code input_ids}, {@code
   * attention_mask} and {@code token_type_ids}, those of them that the model has, by {@code
   * tokenizer=FILE}, a {@code tokenizer.json}, or {@code tokenizer=words} with the {@code
   * vocabulary=10000} most frequent words of the training split. Texts are cut to {@code
   * length=128} tokens; {@code pad=longest|length}: batches are as long as their longest text, or
   * all of the same length; {@code side=right|left} is where padding stands.
   */
  JSONL(
      Keys.numbers(
          "text",
          "pair",
          "features",
          "label",
          "task",
          "classes",
          "fractions",
          "tokenizer",
          "length",
          "vocabulary",
          "pad",
          "side")),
  /**
   * Which two marked symbols came in which order: inputs {@code [length, 6]} one-hot, 4 classes.
   * {@code length=30}; {@code count=} samples, default 10,000 for training and 1,000 for the other
   * splits, each made when it is read.
   */
  TEMPORAL_ORDER(Keys.common("length", "count")),
  /**
   * The mean of two marked values: inputs {@code [length, 2]} of value and mark, targets {@code
   * [1]}. {@code length=50}; {@code count} as for {@link #TEMPORAL_ORDER}.
   */
  ADDING(Keys.common("length", "count"));

  private static final Set<DataFormat> GENERATED =
      EnumSet.of(RANDOM, MOONS, GLYPHS, BLOBS, TEMPORAL_ORDER, ADDING);

  private final List<String> keys;

  DataFormat(List<String> keys) {
    this.keys = keys;
  }

  /** The name in a spec, such as {@code csv}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The keys that may follow the question mark. */
  public List<String> keys() {
    return keys;
  }

  /** Whether the path names a file or folder, so that it must not be empty. */
  boolean readsFiles() {
    return !GENERATED.contains(this);
  }

  static List<String> labels() {
    return Arrays.stream(values()).map(DataFormat::label).toList();
  }

  private static final class Keys {
    static List<String> common(String... more) {
      return Stream.concat(Stream.of("split", "limit", "seed"), Stream.of(more)).toList();
    }

    static List<String> numbers(String... more) {
      return Stream.concat(common("scale", "mean", "std").stream(), Stream.of(more)).toList();
    }
  }
}
