package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recordings in folders and zip files, by class, by part, as samples and spectra. */
class SoundSourceTest {
  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    Wav.write(folder.resolve("w/no/a_0.wav"), 8, 16384, -16384, 8192);
    Wav.write(folder.resolve("w/no/b_1.WAV"), 8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    Wav.write(folder.resolve("w/yes/a_2.wav"), 8, 0, 32767);
    Files.writeString(folder.resolve("w/yes/note.txt"), "no recording");
  }

  private DataSource open(String options) {
    return DataSource.open("wav:w" + options, folder);
  }

  @Test
  void recordingsHaveOneLength() {
    DataSource data = open("?length=4");
    assertThat(data.inputShapes()).containsExactly(Shape.of(1, 4));
    assertThat(data.classNames()).containsExactly("no", "yes");
    Batch batch = data.batch(0, 1, 2);
    assertThat(batch.inputs().getFirst().toFloats())
        .containsExactly(
            0.5f,
            -0.5f,
            0.25f,
            0, //
            1 / 32768f,
            2 / 32768f,
            3 / 32768f,
            4 / 32768f, //
            0,
            32767 / 32768f,
            0,
            0);
    assertThat(batch.targets().orElseThrow().toLongs()).containsExactly(0, 0, 1);
    assertThat(open("").inputShapes()).containsExactly(Shape.of(1, 8));
    assertThat(open("?seconds=0.5&layout=sequence").inputShapes()).containsExactly(Shape.of(4, 1));
    assertThat(open("?seconds=0.5&layout=flat&scale=0.5").batch(0).inputs().getFirst().toFloats())
        .containsExactly(1, -1, 0.5f, 0);
  }

  @Test
  void namesAreClassesAndParts() {
    DataSource data = open("?label=_(\\d)&test=_2&split=train");
    assertThat(data.classNames()).containsExactly("0", "1", "2");
    assertThat(data.size()).isEqualTo(2);
    DataSource test = open("?label=_(\\d)&test=_2&split=test");
    assertThat(test.batch(0).targets().orElseThrow().toLongs()).containsExactly(2);
    assertThat(open("?test=_2&validation=_1&split=validation").size()).isEqualTo(1);
    assertThat(open("?test=_2&validation=_1&split=train").size()).isEqualTo(1);
    assertThat(open("?test=_2&fractions=0.5,0.5,0&split=validation").size()).isEqualTo(1);
    assertThat(open("?test=_2").size()).isEqualTo(3);
    assertThat(open("?label=none").batch(0).targets()).isEmpty();
    assertThatThrownBy(() -> open("?test=_2&split=validation"))
        .hasMessageEndingWith(
            "key 'split' is 'validation', expected a part with samples, there is none among 3");
  }

  @Test
  void aTableMayHaveTheLabels() throws IOException {
    Path table = folder.resolve("l.csv");
    Files.writeString(table, "label,file\nloud,yes/a_2.wav\nquiet,b_1.WAV\n");
    DataSource data = open("?labels=l.csv&length=1");
    assertThat(data.classNames()).containsExactly("loud", "quiet");
    assertThat(data.batch(0, 1).targets().orElseThrow().toLongs()).containsExactly(0, 1);
    Files.writeString(table, "yes/a_2.wav,0.25\n");
    assertThat(open("?labels=l.csv&task=regression").batch(0).targets().orElseThrow().toFloats())
        .containsExactly(0.25f);
    Files.writeString(table, "yes/a_2.wav,x\nyes/a_3.wav,x\n");
    assertThatThrownBy(() -> open("?labels=l.csv"))
        .hasMessage(
            "%s line 2: 'yes/a_3.wav' is no file in %s, or several are called so; expected its path from there, and a first line 'file,label' if it is one"
                .formatted(table, folder.resolve("w")));
  }

  @Test
  void spectraAreImagesOrSequences() {
    String spectra = "?features=logmel&mels=2&window=4&hop=1&length=6";
    DataSource image = open(spectra);
    DataSource sequence = open(spectra + "&layout=sequence");
    assertThat(image.inputShapes()).containsExactly(Shape.of(1, 2, 3));
    assertThat(sequence.inputShapes()).containsExactly(Shape.of(3, 2));
    float[] a = image.batch(1).inputs().getFirst().toFloats();
    float[] b = sequence.batch(1).inputs().getFirst().toFloats();
    assertThat(a).containsExactly(b[0], b[2], b[4], b[1], b[3], b[5]);
    assertThat(open(spectra.replace("window=4", "window=500ms")).hash()).isEqualTo(image.hash());
  }

  @Test
  void otherRatesBecomeOneWhereThatIsSaid() throws IOException {
    int[] constant = new int[200];
    Arrays.fill(constant, 16384);
    Wav.write(folder.resolve("w/yes/c_3.wav"), 12, constant);
    DataSource strict = open("?length=90");
    assertThatThrownBy(() -> strict.batch(3))
        .hasMessage(
            "%s has 12 samples a second, no/a_0.wav 8; rate=8 makes all alike"
                .formatted(folder.resolve("w/yes/c_3.wav")));
    float[] samples = open("?length=90&rate=8").batch(3).inputs().getFirst().toFloats();
    assertThat(samples[60]).isCloseTo(0.5f, org.assertj.core.api.Assertions.within(1e-6f));
  }

  @Test
  void whatCannotBeDecodedIsNamedOrCounted() throws IOException {
    Path broken = Files.writeString(folder.resolve("w/yes/d.wav"), "RIFF");
    DataSource data = open("?length=2");
    assertThatThrownBy(() -> data.batch(3))
        .hasMessage(
            broken + " is no WAV file that can be read: it does not begin with RIFF and WAVE");
    DataSource whole = open("?length=2&broken=skip");
    assertThat(whole.size()).isEqualTo(3);
    assertThat(whole.name())
        .isEqualTo("wav:w?length=2&broken=skip (1 that cannot be decoded left out: yes/d.wav)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?label=(x)|wav:w?label=(x): no/a_0.wav in %s/w has no class: it does not match '(x)'; label=none takes the files without classes",
        "?label=x|wav:w?label=x: key 'label' is 'x', expected folder, none, or a regular expression with one group",
        "?label=(|wav:w?label=(: key 'label' is '(', expected a regular expression; Unclosed group",
        "?mels=8|wav:w?mels=8: key 'mels' is '8', expected to stand beside features=logmel",
        "?features=logmel&window=2ms|wav:w?features=logmel&window=2ms: key 'window' is '2ms', expected a time, such as 25ms, or a number of samples from 1",
        "?features=logmel&window=9&hop=1|wav:w?features=logmel&window=9&hop=1: key 'window' is '9', expected at most the 8 samples of a recording",
        "?features=logmel&window=8&hop=1&mels=8|wav:w?features=logmel&window=8&hop=1&mels=8: key 'mels' is '8', expected fewer, or a longer window: 8 samples do not tell so many apart",
        "?seconds=1&length=8|wav:w?seconds=1&length=8: key 'seconds' is '1', expected to be absent beside length=SAMPLES",
        "?seconds=1e30|wav:w?seconds=1e30: key 'seconds' is '1e30', expected 1 to 67108864 samples, at 8 a second",
        "?task=regression|wav:w?task=regression: key 'task' is 'regression', expected to stand beside labels=FILE",
      })
  void whatDoesNotFitIsSaidInOneLine(String options, String message) {
    assertThatThrownBy(() -> open(options))
        .isInstanceOf(DataException.class)
        .hasMessage(message.replace("%s", folder.toString()));
  }

  @Test
  void aModelKnowsItsClasses() throws IOException {
    DataSchema model = open("").schema();
    Wav.write(folder.resolve("w/maybe/e.wav"), 8, 1);
    assertThatThrownBy(() -> DataSource.open("wav:w", folder, model))
        .hasMessage(
            "wav:w: maybe/e.wav in %s is of class 'maybe', which is none of the classes the model knows: no, yes"
                .formatted(folder.resolve("w")));
  }

  @Test
  void aZipFileIsAFolder() throws IOException {
    Path zip = folder.resolve("w.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("r/x/1.wav"));
      out.write(Wav.of(8, 16384));
      out.putNextEntry(new ZipEntry("__MACOSX/r/x/._1.wav"));
    }
    DataSource data = DataSource.open("wav:w.zip?length=1", folder);
    assertThat(data.size()).isEqualTo(1);
    assertThat(data.classNames()).containsExactly("x");
    assertThat(data.batch(0).inputs().getFirst().toFloats()).containsExactly(0.5f);
    Path text = Files.writeString(folder.resolve("t.wav"), "x");
    assertThatThrownBy(() -> DataSource.open("wav:t.wav", folder))
        .hasMessage(text + " is neither a folder nor a zip file");
  }

  @Test
  void spokenDigitsAreRead() {
    Path zip = SharedData.require("datasets/audio/fsdd/recordings.zip");
    String spec =
        "wav:%s?label=^(\\d)_&test=_[0-4]\\.wav$&features=logmel&seconds=1"
            .formatted(zip.getFileName());
    DataSource test = DataSource.open(spec + "&split=test", zip.getParent());
    DataSource train = DataSource.open(spec + "&split=train", zip.getParent());
    assertThat(test.size()).isEqualTo(300);
    assertThat(train.size()).isEqualTo(2700);
    assertThat(test.classes()).hasValue(10);
    assertThat(train.inputShapes()).containsExactly(Shape.of(1, 40, 98));
    for (float value : train.batch(0, 2699).inputs().getFirst().toFloats()) {
      assertThat(value).isBetween(-14f, 10f);
    }
  }
}
