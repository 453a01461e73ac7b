package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.files.InputFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which files data is read from: nothing is written over them. */
class DataFilesTest {
  @TempDir private Path folder;

  private InputFiles files(String spec) {
    InputFiles inputs = new InputFiles();
    DataFiles.addTo(inputs, DataSpec.parse(spec), folder);
    return inputs;
  }

  private Path write(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "x");
  }

  @ParameterizedTest
  @CsvSource({
    "csv:t.csv?text=a&tokenizer=tok/tokenizer.json,tok/tokenizer.json",
    "csv:t.csv?text=a&tokenizer=words,t.csv",
    "jsonl:t.jsonl?text=a,t.jsonl",
    "lines:texts,texts/deep/down/a.txt",
    "wav:w,w/a/b/c.wav",
    "wav:w?labels=l.csv,l.csv",
    "images:p,p/a/b/c.png",
    "images:p?labels=l.csv,l.csv",
  })
  void dataConsistOfThem(String spec, String name) throws IOException {
    Path file = write(name);
    Path other = write("out.json");
    InputFiles inputs = files(spec);
    assertThat(inputs.holds(file)).isTrue();
    assertThat(inputs.holds(other)).isFalse();
    assertThat(inputs.holds(Files.createLink(folder.resolve("link"), file))).isTrue();
  }

  @Test
  void zipFilesAreData() throws IOException {
    Path zip = folder.resolve("z.zip");
    new ZipOutputStream(Files.newOutputStream(zip)).close();
    for (String format : new String[] {"lines", "wav", "images"}) {
      assertThat(files(format + ":z.zip").holds(zip)).as(format).isTrue();
    }
  }
}
