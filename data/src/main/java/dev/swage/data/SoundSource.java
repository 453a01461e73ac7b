package dev.swage.data;

import dev.swage.data.sound.LogMel;
import dev.swage.data.sound.WavFile;
import dev.swage.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A folder or zip file of WAV recordings, as samples or as log-mel spectra. Recordings are decoded
 * when a batch asks for them.
 */
final class SoundSource {
  private static final int MOST_SAMPLES = 1 << 26;

  private enum Features {
    SAMPLES,
    LOGMEL
  }

  private enum Layout {
    IMAGE,
    SEQUENCE,
    FLAT
  }

  private SoundSource() {}

  static DataSource open(Path place, Options options, Optional<DataSchema> model) {
    try {
      NamedFiles files = NamedFiles.open(place);
      try {
        return open(files, place, options, model);
      } catch (RuntimeException e) {
        files.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileBytes.unreadable(place, e);
    }
  }

  private static DataSource open(
      NamedFiles files, Path place, Options options, Optional<DataSchema> model)
      throws IOException {
    List<String> all = files.names(SoundSource::isRecording);
    if (all.isEmpty()) {
      throw new DataException(
          "%s: %s holds no file that ends in .wav".formatted(options.name(), place));
    }
    Broken broken = Broken.of(options, all, name -> SoundRows.decode(files, name));
    FileLabels labels = FileLabels.of(place, broken.whole(), options, model);
    int[] rows = NamedPartition.rows(labels.paths(), options);
    WavFile first = SoundRows.decode(files, labels.paths().getFirst());
    SoundRows.Settings settings = settings(first, options);
    Shape shape = shape(settings, options);
    Rows recordings =
        new SoundRows(files, labels.paths(), settings, shape, Scaling.of(options, 1, shape));
    if (options.flag("standardize", false) && layout(options) != Layout.IMAGE) {
      throw options.wrong("standardize", "to stand beside layout=image, which has channels");
    }
    int[] training = NamedPartition.training(labels.paths(), options);
    MemorySource source =
        new MemorySource(options.name() + broken.note(), recordings, labels.targets())
            .withSchema(labels.schema(ChannelFit.of(recordings, training, options, model)));
    return options.split().isEmpty() ? source : new Selection(source.name(), source, rows);
  }

  static boolean isRecording(String name) {
    return name.toLowerCase(Locale.ROOT).endsWith(".wav");
  }

  private static SoundRows.Settings settings(WavFile first, Options options) {
    OptionalInt wanted = options.count("rate", 1);
    int rate = wanted.orElse(first.rate());
    if (rate > 768_000) {
      throw options.wrong("rate", "at most 768000 samples a second");
    }
    int length = length(rate, options);
    boolean spectra =
        options.choice("features", Features.class).orElse(Features.SAMPLES) == Features.LOGMEL;
    if (!spectra) {
      for (String key : List.of("mels", "window", "hop")) {
        if (options.text(key).isPresent()) {
          throw options.wrong(key, "to stand beside features=logmel");
        }
      }
      return new SoundRows.Settings(rate, wanted.isPresent(), length, Optional.empty(), false);
    }
    int mels = options.count("mels", 1).orElse(40);
    int window = samples("window", "25ms", rate, options);
    int hop = samples("hop", "10ms", rate, options);
    if (window > length) {
      throw options.wrong("window", "at most the %d samples of a recording".formatted(length));
    }
    if (mels > window) {
      throw options.wrong("mels", "at most the %d samples of a window".formatted(window));
    }
    LogMel mel = new LogMel(rate, mels, window, hop);
    if (mel.hasEmptyFilter()) {
      throw options.wrong(
          "mels",
          "fewer, or a longer window: %d samples do not tell so many apart".formatted(window));
    }
    return new SoundRows.Settings(
        rate, wanted.isPresent(), length, Optional.of(mel), layout(options) == Layout.IMAGE);
  }

  private static int length(int rate, Options options) {
    OptionalInt length = options.count("length", 1);
    Optional<Float> seconds = options.number("seconds");
    if (length.isPresent() && seconds.isPresent()) {
      throw options.wrong("seconds", "to be absent beside length=SAMPLES");
    }
    double samples = length.isPresent() ? length.getAsInt() : seconds.orElse(1f) * (double) rate;
    if (!(samples >= 1) || samples > MOST_SAMPLES) {
      throw options.wrong(
          length.isPresent() ? "length" : "seconds",
          "1 to %d samples, at %d a second".formatted(MOST_SAMPLES, rate));
    }
    return (int) Math.round(samples);
  }

  /** {@code 25ms}, or a number of samples. */
  private static int samples(String key, String usual, int rate, Options options) {
    String text = options.text(key).orElse(usual);
    boolean time = text.endsWith("ms");
    Optional<Float> number = Numbers.parse(time ? text.substring(0, text.length() - 2) : text);
    double samples = number.orElse(0f) * (time ? rate / 1000.0 : 1);
    if (!(Math.round(samples) >= 1) || samples > MOST_SAMPLES) {
      throw options.wrong(key, "a time, such as 25ms, or a number of samples from 1");
    }
    return (int) Math.round(samples);
  }

  private static Layout layout(Options options) {
    return options.choice("layout", Layout.class).orElse(Layout.IMAGE);
  }

  private static Shape shape(SoundRows.Settings settings, Options options) {
    Layout layout = layout(options);
    if (settings.mel().isEmpty()) {
      int length = settings.length();
      return switch (layout) {
        case IMAGE -> Shape.of(1, length);
        case SEQUENCE -> Shape.of(length, 1);
        case FLAT -> Shape.of(length);
      };
    }
    int frames = settings.mel().get().frames(settings.length());
    int mels = settings.mel().get().mels();
    return switch (layout) {
      case IMAGE -> Shape.of(1, mels, frames);
      case SEQUENCE -> Shape.of(frames, mels);
      case FLAT -> throw options.wrong("layout", "image or sequence with features=logmel");
    };
  }
}
