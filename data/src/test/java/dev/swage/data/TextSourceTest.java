package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextSourceTest {
  @TempDir Path folder;

  private DataSource open(String text, String options) throws IOException {
    Files.writeString(folder.resolve("a.txt"), text);
    return DataSource.open("text:a.txt?" + options, folder);
  }

  private static String words(DataSource source, long[] numbers) {
    StringBuilder text = new StringBuilder();
    for (long number : numbers) {
      text.append(source.classNames().get((int) number));
    }
    return text.toString();
  }

  @Test
  void aBatchContinuesTheBatchBeforeInEveryStream() throws IOException {
    DataSource source = open("abcdefghijklmnopqrstuvwxyz", "length=4&streams=3");
    assertThat(source.size()).isEqualTo(6);
    assertThat(source.streams()).hasValue(3);
    assertThat(source.textUnit()).contains(TextUnit.CHAR);
    assertThat(source.inputShapes()).containsExactly(Shape.of(4));
    assertThat(source.classes()).hasValue(26);
    Batch first = source.batch(0, 1, 2);
    Batch second = source.batch(3, 4, 5);
    assertThat(words(source, first.inputs().getFirst().toLongs())).isEqualTo("abcdijklqrst");
    assertThat(words(source, first.targets().orElseThrow().toLongs())).isEqualTo("bcdejklmrstu");
    assertThat(words(source, second.inputs().getFirst().toLongs())).isEqualTo("efghmnopuvwx");
    assertThat(words(source, second.targets().orElseThrow().toLongs())).isEqualTo("fghinopqvwxy");
    assertThat(first.targets().orElseThrow().shape()).isEqualTo(Shape.of(3, 4));
  }

  @Test
  void theLastTenthIsTheTest() throws IOException {
    String text = "x".repeat(90) + "y".repeat(10);
    DataSource train = open(text, "length=5&streams=1&split=train");
    DataSource test = open(text, "length=3&streams=1&split=test");
    assertThat(train.size()).isEqualTo(17);
    assertThat(test.size()).isEqualTo(3);
    assertThat(train.classNames()).containsExactly("x", "y");
    assertThat(words(test, test.batch(2).targets().orElseThrow().toLongs())).isEqualTo("yyy");
    DataSource middle = open(text, "length=5&streams=1&split=validation&fractions=0.5,0.45,0.05");
    assertThat(middle.size()).isEqualTo(8);
  }

  @Test
  void wordsAreCountedInTheTrainingPart() throws IOException {
    String text = "the cat, the dog\nthe end zebra";
    DataSource train = open(text, "unit=word&length=2&streams=1&split=train");
    assertThat(train.classNames()).containsExactly("<unk>", "the", "\n", ",", "cat", "dog", "end");
    DataSource whole = open(text, "unit=word&length=8&streams=1");
    long[] targets = whole.batch(0).targets().orElseThrow().toLongs();
    assertThat(targets).containsExactly(4, 3, 1, 5, 2, 1, 6, 0);
    DataSource few = open(text, "unit=word&length=2&streams=1&vocabulary=1");
    assertThat(few.classNames()).containsExactly("<unk>", "the");
  }

  @Test
  void charactersBeyondTheBasicPlaneAreOne() throws IOException {
    DataSource source = open("a😀b😀", "length=3&streams=1");
    assertThat(source.classNames()).containsExactly("a", "b", "😀");
    assertThat(source.batch(0).inputs().getFirst().toLongs()).containsExactly(0, 2, 1);
  }

  @Test
  void aLimitKeepsStreamsOnlyWhenItKeepsThemEven() throws IOException {
    String text = "abcdefghijklmnopqrstuvwxyz";
    assertThat(open(text, "length=4&streams=3&limit=3").streams()).hasValue(3);
    assertThat(open(text, "length=4&streams=3&limit=4").streams()).isEmpty();
    assertThat(open(text, "length=4&streams=3&limit=3").textUnit()).contains(TextUnit.CHAR);
  }

  @Test
  void whatCannotBeReadIsSaidInOneLine() throws IOException {
    assertThatThrownBy(() -> open("short", "length=4&streams=3"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "text:a.txt?length=4&streams=3: 5 units in 3 streams are 1 each, one window needs 4 and its successor; use fewer streams or a smaller length");
    assertThatThrownBy(() -> open("", "length=4"))
        .hasMessageStartingWith("text:a.txt?length=4: 0 units in 32 streams are 0 each");
    assertThatThrownBy(() -> open("text", "unit=byte"))
        .hasMessage("text:a.txt?unit=byte: unknown value 'byte' of key 'unit'; Known: char, word");
    assertThatThrownBy(() -> open("text", "fractions=0.5,0.6,0"))
        .hasMessage(
            "text:a.txt?fractions=0.5,0.6,0: key 'fractions' is '0.5,0.6,0', expected three numbers from 0 to 1 that sum to 1");
    assertThatThrownBy(() -> DataSource.open("text:gone.txt", folder))
        .hasMessageStartingWith("text:gone.txt: no such file or folder: ");
    Files.write(folder.resolve("b.txt"), "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> DataSource.open("text:b.txt", folder))
        .hasMessage("text:b.txt: " + folder.resolve("b.txt") + " is not UTF-8 text");
    assertThatThrownBy(() -> DataSource.open("text:.", folder))
        .hasMessage("text:.: " + folder.resolve(".") + " is a folder, expected a text file");
  }
}
