package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text files whose names are the classes of their lines. */
class LineFilesTest {
  @TempDir private Path folder;

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve("texts").resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, latin1(text));
  }

  private DataSource open(String options) {
    return DataSource.open("lines:texts?tokenizer=words" + options, folder);
  }

  @Test
  void filesAreClassesAndLinesAreSamples() throws IOException {
    write("up.txt", "caf\u00e9 nice\n\nnice\r\n");
    write("down.txt", "bad");
    write("README.txt", "nothing");
    write(".hidden", "nothing");
    DataSource data = open("&encoding=latin1");
    assertThat(data.classNames()).containsExactly("down", "up");
    assertThat(data.size()).isEqualTo(3);
    assertThat(data.schema().texts().orElseThrow().words())
        .containsExactly("<pad>", "<unk>", "nice", "bad", "caf\u00e9");
    assertThat(data.batch(0, 1, 2).targets().orElseThrow().toLongs()).containsExactly(0, 1, 1);
    assertThat(open("&encoding=latin1&files=^up").classNames()).containsExactly("up");
  }

  @Test
  void filesThatDifferInTheirEndingsAreCalledByThose() throws IOException {
    Path zip = folder.resolve("texts");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (String name : new String[] {"set/", "set/README.md", "set/r.pos", "set/r.neg"}) {
        out.putNextEntry(new ZipEntry(name));
        if (!name.endsWith("/")) {
          out.write(latin1(name + " one\n two"));
        }
      }
    }
    DataSource data = open("");
    assertThat(data.classNames()).containsExactly("neg", "pos");
    assertThat(data.size()).isEqualTo(4);
  }

  @Test
  void anotherEncodingIsNamed() throws IOException {
    write("up.txt", "caf\u00e9");
    assertThatThrownBy(() -> open(""))
        .hasMessage(
            folder.resolve("texts/up.txt")
                + " is not UTF-8 text; say its encoding, as in encoding=latin1");
    assertThatThrownBy(() -> open("&encoding=latin0x"))
        .hasMessageEndingWith(
            "key 'encoding' is 'latin0x', expected an encoding of texts, such as utf-8 or latin1");
  }

  @Test
  void aFileOfNoClassOfTheModelIsNamed() throws IOException {
    write("up.txt", "a\nb");
    write("down.txt", "c");
    DataSchema model = open("").schema();
    write("side.txt", "d");
    assertThatThrownBy(() -> DataSource.open("lines:texts", folder, model))
        .hasMessage(
            "%s is of class 'side', which is none of the classes the model knows: down, up; files=REGEX chooses files"
                .formatted(folder.resolve("texts/side.txt")));
    DataSource known = DataSource.open("lines:texts?files=up", folder, model);
    assertThat(known.classNames()).containsExactly("down", "up");
    assertThat(known.batch(0).targets().orElseThrow().toLongs()).containsExactly(1);
  }

  @Test
  void anEmptyFolderAndAnotherFileAreErrors() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("texts"));
    assertThatThrownBy(() -> open(""))
        .hasMessage(
            "lines:texts?tokenizer=words: %s holds no text file, expected one per class"
                .formatted(empty));
    Files.writeString(folder.resolve("one.txt"), "a");
    assertThatThrownBy(() -> DataSource.open("lines:one.txt", folder))
        .hasMessage(folder.resolve("one.txt") + " is neither a folder nor a zip file");
  }

  @Test
  void realSentencesAreRead() {
    Path zip = SharedData.require("datasets/text/nltk/sentence_polarity.zip");
    String spec =
        "lines:%s?encoding=latin1&tokenizer=words&vocabulary=5000&length=40&fractions=0.8,0.1,0.1"
            .formatted(zip.getFileName());
    DataSource train = DataSource.open(spec + "&split=train", zip.getParent());
    assertThat(train.classNames()).containsExactly("neg", "pos");
    DataSource test = DataSource.open(spec + "&split=test", zip.getParent(), train.schema());
    assertThat(train.size() + 2 * test.size()).isBetween(10_661, 10_663);
    assertThat(train.tokenLimits()).contains(new TokenLimits(5002, 40));
    Batch batch = test.batch(0, 1, 2, 3);
    assertThat(batch.inputs().getFirst().shape().dim(1)).isBetween(5L, 40L);
  }
}
