package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataSpecTest {
  @Test
  void partsOfALine() {
    DataSpec spec = DataSpec.parse("csv:some/table.csv?label=class&header=true&split=test");
    assertThat(spec.format()).isEqualTo(DataFormat.CSV);
    assertThat(spec.path()).isEqualTo("some/table.csv");
    assertThat(spec.options())
        .containsExactly(entry("label", "class"), entry("header", "true"), entry("split", "test"));
  }

  @Test
  void percentStandsForBytesOfUtf8() {
    DataSpec spec = DataSpec.parse("csv:a%3Fb%20%C3%BC.csv?label=x%26y");
    assertThat(spec.path()).isEqualTo("a?b ü.csv");
    assertThat(spec.options()).containsExactly(entry("label", "x&y"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "moons:",
        "moons:?n=8000&noise=0.15",
        "csv:a%3Fb ü%25.csv?label=x%26y%3Dz",
        "idx:mnist?split=test"
      })
  void toStringParsesBack(String text) {
    DataSpec spec = DataSpec.parse(text);
    assertThat(spec).hasToString(text);
    assertThat(DataSpec.parse(spec.toString())).isEqualTo(spec);
  }

  @Test
  void withSetsOrReplacesAnOption() {
    assertThat(DataSpec.parse("moons:?n=10&split=train").with("split", "test").with("seed", "3"))
        .hasToString("moons:?n=10&split=test&seed=3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "table.csv | 'table.csv' does not say which format the data is in: write FORMAT:PATH,"
            + " with FORMAT one of %s",
        "cvs:a.csv | unknown data format 'cvs'; did you mean 'csv'? Known: %s",
        "csv: | 'csv:' needs the path of a file or folder: csv:PATH",
        "moons:?nosie=1 | unknown key 'nosie' for moons: data; did you mean 'noise'?"
            + " Known: split, limit, seed, n, noise",
        "moons:?n | 'n' in 'moons:?n' is not key=value",
        "moons:?=1 | '=1' in 'moons:?=1' is not key=value",
        "moons:?n=1&n=2 | key 'n' is given twice in 'moons:?n=1&n=2'",
        "csv:100%.csv | '%%' without two hex digits in 'csv:100%%.csv': write a percent sign as"
            + " %%25",
        "moons:?seed=1%4 | '%%' without two hex digits in 'moons:?seed=1%%4': write a percent sign"
            + " as %%25"
      })
  void badSpecs(String text, String message) {
    assertThatThrownBy(() -> DataSpec.parse(text))
        .isInstanceOf(DataException.class)
        .hasMessage(message.formatted(String.join(", ", DataFormat.labels())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "moons:?n=1 | key 'n' is '1', expected a whole number from 2",
        "moons:?n=many | key 'n' is 'many', expected a whole number from 2",
        "moons:?noise=-1 | key 'noise' is '-1', expected a number from 0",
        "moons:?noise=0x1p3 | key 'noise' is '0x1p3', expected a finite number",
        "moons:?limit=0 | key 'limit' is '0', expected a whole number from 1",
        "moons:?seed=1.5 | key 'seed' is '1.5', expected a whole number"
      })
  void badValues(String text, String message) {
    assertThatThrownBy(() -> DataSource.open(text, Path.of("")))
        .isInstanceOf(DataException.class)
        .hasMessage(text + ": " + message);
  }

  @Test
  void unknownChoiceNamesTheNearest() {
    assertThatThrownBy(() -> DataSource.open("moons:?split=trian"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "moons:?split=trian: unknown value 'trian' of key 'split'; did you mean 'train'?"
                + " Known: train, validation, test");
  }

  @Test
  void absentFilesNameTheFolderTheyWereLookedForIn() {
    Path folder = Path.of("no", "such").toAbsolutePath();
    assertThatThrownBy(() -> DataSource.open("csv:a.csv", folder))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "csv:a.csv: no such file or folder: %s (relative paths begin at %s; --data-dir or"
                + " SWAGE_DATA changes it)",
            folder.resolve("a.csv"), folder);
  }

  @Test
  void chosenFolderComesBeforeTheEnvironmentsBeforeTheCurrentOne() {
    Map<String, String> environment = Map.of("SWAGE_DATA", "/data");
    assertThat(DataFolder.choose(Optional.of(Path.of("mine")), environment))
        .isEqualTo(Path.of("mine"));
    assertThat(DataFolder.choose(Optional.empty(), environment)).isEqualTo(Path.of("/data"));
    assertThat(DataFolder.choose(Optional.empty(), Map.of())).isEqualTo(Path.of(""));
  }
}
