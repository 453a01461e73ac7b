package dev.swage.data;

import dev.swage.data.sound.LogMel;
import dev.swage.data.sound.Resampler;
import dev.swage.data.sound.WavFile;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Recordings, decoded when they are asked for, cut or filled with zeros to one length. */
final class SoundRows implements Rows {
  private final NamedFiles files;
  private final List<String> names;
  private final Settings settings;
  private final Shape shape;
  private final Scaling scaling;
  private final Map<Integer, Resampler> resamplers = new ConcurrentHashMap<>();

  /**
   * What becomes of a recording.
   *
   * @param rate samples a second
   * @param resample whether other rates become this one, or are errors
   * @param length samples
   * @param mel what makes spectra of them; empty for the samples themselves
   * @param turned whether spectra are mel by frame, not frame by mel
   */
  record Settings(int rate, boolean resample, int length, Optional<LogMel> mel, boolean turned) {}

  SoundRows(NamedFiles files, List<String> names, Settings settings, Shape shape, Scaling scaling) {
    this.files = files;
    this.names = names;
    this.settings = settings;
    this.shape = shape;
    this.scaling = scaling;
  }

  @Override
  public int size() {
    return names.size();
  }

  @Override
  public Shape shape() {
    return shape;
  }

  /** Decodes a file. */
  static WavFile decode(NamedFiles files, String name) {
    try {
      return WavFile.read(files.read(name));
    } catch (IOException e) {
      throw new DataException(
          "%s is no WAV file that can be read: %s".formatted(files.shown(name), e.getMessage()), e);
    }
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    float[] samples = Arrays.copyOf(samples(row), settings.length());
    float[] values = settings.mel().isPresent() ? spectra(settings.mel().get(), samples) : samples;
    scaling.applyTo(values, shape);
    MemorySegment.copy(
        MemorySegment.ofArray(values),
        ValueLayout.JAVA_FLOAT,
        0,
        batch,
        Tensor.LE_FLOAT,
        offset,
        values.length);
  }

  private float[] samples(int row) {
    WavFile file = decode(files, names.get(row));
    if (file.rate() == settings.rate()) {
      return file.samples();
    }
    if (!settings.resample()) {
      throw new DataException(
          "%s has %d samples a second, %s %d; rate=%d makes all alike"
              .formatted(
                  files.shown(names.get(row)),
                  file.rate(),
                  names.getFirst(),
                  settings.rate(),
                  settings.rate()));
    }
    return resamplers
        .computeIfAbsent(file.rate(), rate -> new Resampler(rate, settings.rate()))
        .apply(file.samples(), settings.length());
  }

  private float[] spectra(LogMel mel, float[] samples) {
    float[] frames = mel.apply(samples);
    if (!settings.turned()) {
      return frames;
    }
    int count = mel.frames(samples.length);
    int mels = frames.length / count;
    float[] turned = new float[frames.length];
    for (int i = 0; i < turned.length; i++) {
      turned[i] = frames[i % count * mels + i / count];
    }
    return turned;
  }
}
