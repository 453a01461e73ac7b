package dev.swage.data;

import static dev.swage.data.TinyTokenizer.ABLE;
import static dev.swage.data.TinyTokenizer.AFF;
import static dev.swage.data.TinyTokenizer.CAT;
import static dev.swage.data.TinyTokenizer.CLS;
import static dev.swage.data.TinyTokenizer.COMMA;
import static dev.swage.data.TinyTokenizer.PAD;
import static dev.swage.data.TinyTokenizer.PLURAL;
import static dev.swage.data.TinyTokenizer.SEP;
import static dev.swage.data.TinyTokenizer.UN;
import static dev.swage.data.TinyTokenizer.UNK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts of tables and JSON lines as tokens. */
class EncodedTextsTest {
  private static final String CSV =
      """
      kind,text,age,more
      good,"Unaffable cats, zebras",1.5,cat
      bad,cat,2,"cats, cats, cats"
      good,,3,cat
      """;

  private static final String JSON =
      """
      {"text": "Unaffable cats, zebras", "kind": "good", "age": 1.5, "more": "cat", "x": {"y": [1]}}

      {"age": "2", "text": "cat", "kind": "bad", "more": "cats, cats, cats"}
      {"text": "", "kind": "good", "age": 3, "more": "cat"}
      """;

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    TinyTokenizer.in(folder);
    TinyTokenizer.otherIn(folder);
    Files.writeString(folder.resolve("t.csv"), CSV);
    Files.writeString(folder.resolve("t.jsonl"), JSON);
  }

  private DataSource open(String spec) {
    return DataSource.open(spec, folder);
  }

  private static ValueInfo input(String name, DType type, Dim length) {
    return new ValueInfo(
        name, Optional.of(type), Optional.of(List.of(new Dim.Symbolic("batch"), length)));
  }

  private static long[] longs(int... values) {
    return java.util.Arrays.stream(values).asLongStream().toArray();
  }

  @ParameterizedTest
  @CsvSource({"csv:t.csv", "jsonl:t.jsonl"})
  void textsBecomeTheInputsOfAnEncoder(String file) {
    DataSource data = open(file + "?text=text&label=kind&tokenizer=tokenizer.json");
    assertThat(data.inputNames()).containsExactly("input_ids", "attention_mask", "token_type_ids");
    assertThat(data.inputShapes()).containsOnly(Shape.of(9));
    assertThat(data.classNames()).containsExactly("bad", "good");
    assertThat(data.tokenLimits()).contains(new TokenLimits(TinyTokenizer.SIZE, 9));
    Batch batch = data.batch(1, 0, 2);
    assertThat(batch.inputs().get(0).shape()).isEqualTo(Shape.of(3, 9));
    assertThat(batch.inputs().get(0).toLongs())
        .containsExactly(
            longs(
                CLS, CAT, SEP, PAD, PAD, PAD, PAD, PAD, PAD, //
                CLS, UN, AFF, ABLE, CAT, PLURAL, COMMA, UNK, SEP, //
                CLS, SEP, PAD, PAD, PAD, PAD, PAD, PAD, PAD));
    assertThat(batch.inputs().get(1).toLongs())
        .containsExactly(
            longs(
                1, 1, 1, 0, 0, 0, 0, 0, 0, //
                1, 1, 1, 1, 1, 1, 1, 1, 1, //
                1, 1, 0, 0, 0, 0, 0, 0, 0));
    assertThat(batch.inputs().get(2).toLongs()).containsOnly(0);
    assertThat(batch.targets().orElseThrow().toLongs()).containsExactly(0, 1, 1);
  }

  @ParameterizedTest
  @CsvSource({"csv:t.csv", "jsonl:t.jsonl"})
  void batchesAreAsLongAsTheirLongestText(String file) {
    DataSource data = open(file + "?text=text&label=kind&tokenizer=tokenizer.json");
    assertThat(data.batch(1).inputs().getFirst().shape()).isEqualTo(Shape.of(1, 3));
    assertThat(data.batch(1, 2).inputs().getFirst().shape()).isEqualTo(Shape.of(2, 3));
    DataSource full = open(file + "?text=text&label=kind&tokenizer=tokenizer.json&pad=length");
    assertThat(full.batch(1).inputs().getFirst().shape()).isEqualTo(Shape.of(1, 9));
  }

  @Test
  void paddingMayStandOnTheLeft() {
    List<Tensor> inputs =
        open("csv:t.csv?text=text&label=kind&tokenizer=tokenizer.json&side=left")
            .forInputs(
                List.of(
                    input("input_ids", DType.INT64, new Dim.Symbolic("")),
                    input("attention_mask", DType.INT64, new Dim.Symbolic("")),
                    input("position_ids", DType.INT64, new Dim.Symbolic(""))))
            .batch(1, 2)
            .inputs();
    assertThat(inputs.get(0).toLongs()).containsExactly(longs(CLS, CAT, SEP, PAD, CLS, SEP));
    assertThat(inputs.get(1).toLongs()).containsExactly(1, 1, 1, 0, 1, 1);
    assertThat(inputs.get(2).toLongs()).containsExactly(0, 1, 2, 0, 0, 1);
  }

  @Test
  void longTextsAreCut() {
    DataSource data = open("csv:t.csv?text=text&label=kind&tokenizer=tokenizer.json&length=5");
    assertThat(data.batch(0).inputs().getFirst().toLongs())
        .containsExactly(longs(CLS, UN, AFF, ABLE, SEP));
    assertThat(data.tokenLimits()).contains(new TokenLimits(TinyTokenizer.SIZE, 5));
  }

  @ParameterizedTest
  @CsvSource({"csv:t.csv", "jsonl:t.jsonl"})
  void pairsAreCutTogether(String file) {
    DataSource data =
        open(file + "?text=text&pair=more&label=kind&tokenizer=tokenizer.json&length=8");
    Batch batch = data.batch(1);
    assertThat(batch.inputs().get(0).toLongs())
        .containsExactly(longs(CLS, CAT, SEP, CAT, PLURAL, COMMA, CAT, SEP));
    assertThat(batch.inputs().get(2).toLongs()).containsExactly(longs(0, 0, 0, 1, 1, 1, 1, 1));
  }

  @ParameterizedTest
  @CsvSource({"csv:t.csv", "jsonl:t.jsonl"})
  void numbersStandBesideTexts(String file) {
    DataSource data =
        open(file + "?text=text&features=age&label=kind&tokenizer=tokenizer.json&scale=2");
    assertThat(data.inputNames()).endsWith("features");
    assertThat(data.batch(1, 0).inputs().getLast().toFloats()).containsExactly(1, 0.75f);
  }

  @Test
  void jsonLinesMayBeNumbersAlone() {
    DataSource data = open("jsonl:t.jsonl?features=age&label=kind");
    assertThat(data.inputNames()).isEmpty();
    assertThat(data.batch(0, 1, 2).inputs().getFirst())
        .satisfies(x -> assertThat(x.toFloats()).containsExactly(1.5f, 2, 3));
    assertThat(data.schema().features()).containsExactly("age");
  }

  @Test
  void aModelGetsTheInputsItNamesInItsOrderAndTypes() {
    Dim open = new Dim.Symbolic("sequence");
    DataSource data =
        open("csv:t.csv?text=text&label=kind&tokenizer=tokenizer.json")
            .forInputs(
                List.of(
                    input("segment_ids:0", DType.INT32, open),
                    input("input_mask", DType.FLOAT32, open),
                    input("position_ids", DType.INT64, open),
                    input("Input_Ids", DType.INT64, open)));
    assertThat(data.inputNames())
        .containsExactly("segment_ids:0", "input_mask", "position_ids", "Input_Ids");
    List<Tensor> inputs = data.batch(1, 2).inputs();
    assertThat(inputs.get(0).dtype()).isEqualTo(DType.INT32);
    assertThat(inputs.get(1).toFloats()).containsExactly(1, 1, 1, 1, 1, 0);
    assertThat(inputs.get(2).toLongs()).containsExactly(0, 1, 2, 0, 1, 2);
    assertThat(inputs.get(3).toLongs()).containsExactly(longs(CLS, CAT, SEP, CLS, SEP, PAD));
  }

  @Test
  void anOnlyInputGetsTheTokensWhateverItsName() {
    DataSource data =
        open("csv:t.csv?text=text&label=kind&tokenizer=tokenizer.json")
            .forInputs(List.of(input("x", DType.INT64, new Dim.Symbolic(""))));
    assertThat(data.batch(1).inputs()).hasSize(1);
    assertThat(data.batch(1).inputs().getFirst().toLongs()).containsExactly(longs(CLS, CAT, SEP));
  }

  @Test
  void aModelOfFixedLengthGetsThatLength() {
    DataSource data = open("csv:t.csv?text=text&label=kind&tokenizer=tokenizer.json&limit=2");
    DataSource fixed = data.forInputs(List.of(input("input_ids", DType.INT64, new Dim.Fixed(11))));
    assertThat(fixed.batch(1).inputs().getFirst().shape()).isEqualTo(Shape.of(1, 11));
    assertThatThrownBy(
            () -> data.forInputs(List.of(input("input_ids", DType.INT64, new Dim.Fixed(7)))))
        .hasMessageEndingWith("texts have up to 9 tokens, the model takes 7; say length=7");
  }

  @Test
  void aModelThatWantsSomethingElseIsToldSo() {
    Dim open = new Dim.Symbolic("");
    DataSource data = open("csv:t.csv?text=text&label=kind&tokenizer=tokenizer.json");
    assertThatThrownBy(() ->
            data.forInputs(
                List.of(
                    input("input_ids", DType.INT64, open), input("pixels", DType.FLOAT32, open))))
        .hasMessageEndingWith(
            "the model's input 'pixels' is nothing that encoded texts have; they have input_ids, attention_mask, token_type_ids, position_ids");
    assertThatThrownBy(() -> data.forInputs(List.of(input("input_ids", DType.FLOAT16, open))))
        .hasMessageEndingWith(
            "the model's input 'input_ids' is of type FLOAT16, input_ids is given as INT64, INT32 or FLOAT32");
  }

  @Test
  void wordsAreNumberedByHowOftenTheTrainingPartHasThem() throws IOException {
    Files.writeString(
        folder.resolve("w.csv"), "text,y\nthe cat - The dog,1\n\"a dog, the end\",0\n,1\n");
    DataSource data = open("csv:w.csv?text=text&tokenizer=words&vocabulary=3");
    TextEncoding texts = data.schema().texts().orElseThrow();
    assertThat(texts.words()).containsExactly("<pad>", "<unk>", "the", "dog", ",");
    assertThat(data.batch(0, 1, 2).inputs().getFirst().toLongs())
        .containsExactly(longs(2, 1, 1, 2, 3, 1, 3, 4, 2, 1, 1, 0, 0, 0, 0));
    assertThat(data.tokenLimits()).contains(new TokenLimits(5, 128));
    Files.writeString(folder.resolve("v.csv"), "text\ndog cat mouse\n");
    DataSource other = DataSource.open("csv:v.csv", folder, data.schema());
    assertThat(other.batch(0).inputs().getFirst().toLongs()).containsExactly(longs(3, 1, 1));
    assertThat(other.batch(0).targets()).isEmpty();
  }

  @Test
  void pairsOfWordsShareTheLength() throws IOException {
    Files.writeString(folder.resolve("w.csv"), "a,b,y\nx x x,y y y y,1\ny,x x x x,0\n");
    DataSource data = open("csv:w.csv?text=a&pair=b&tokenizer=words&length=4");
    Batch batch = data.batch(0, 1);
    assertThat(batch.inputs().get(0).toLongs()).containsExactly(longs(2, 2, 3, 3, 3, 2, 2, 2));
    assertThat(batch.inputs().get(2).toLongs()).containsExactly(longs(0, 0, 1, 1, 0, 1, 1, 1));
  }

  @Test
  void theModelSaysHowTextsAreRead() {
    DataSource train =
        open("csv:t.csv?text=text&pair=more&label=kind&tokenizer=tokenizer.json&length=6");
    OnnxModel model = train.schema().applyTo(OnnxModel.of(Graph.builder("g").build()));
    DataSchema known = DataSchema.of(model);
    assertThat(known).isEqualTo(train.schema());
    DataSource again = DataSource.open("csv:t.csv?tokenizer=tokenizer.json", folder, known);
    assertThat(again.hash()).isEqualTo(train.hash());
    assertThat(known.conflict(again.schema())).isEmpty();
    assertThatThrownBy(() -> DataSource.open("csv:t.csv", folder, known))
        .hasMessage("csv:t.csv: the model was trained with a tokenizer.json; say tokenizer=FILE");
    assertThatThrownBy(() -> DataSource.open("csv:t.csv?tokenizer=other.json", folder, known))
        .hasMessageMatching(
            ".*: the model was trained with the tokenizer.json of SHA-256 [0-9a-f]{12}…, and this tokenizer.json is another; use the one of the training");
    assertThat(
            known.conflict(
                open("csv:t.csv?text=text&pair=more&label=kind&tokenizer=other.json").schema()))
        .hasValueSatisfying(conflict ->
            assertThat(conflict)
                .startsWith("its tokens are not those that the model was trained with"));
  }

  @Test
  void theSameSeedDealsTheSameTexts() {
    String spec = "jsonl:t.jsonl?text=text&label=kind&tokenizer=words&fractions=0.4,0.3,0.3";
    assertThat(open(spec + "&split=test").hash()).isEqualTo(open(spec + "&split=test").hash());
    assertThat(open(spec + "&split=train").size()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "csv:t.csv?text=texd&tokenizer=words|%s/t.csv has no column 'texd' for key 'text'; did you mean 'text'? Known: kind, text, age, more",
        "jsonl:t.jsonl?text=texd&tokenizer=words|%s/t.jsonl line 1 has no field 'texd' for key 'text'; did you mean 'text'? Known: text, kind, age, more, x",
        "jsonl:t.jsonl?text=x|%s/t.jsonl line 1: field 'x' is null, an object or an array, expected a text or number",
        "jsonl:t.jsonl?features=kind|%s/t.jsonl line 1: field 'kind' is 'good', not a number",
        "jsonl:t.jsonl|jsonl:t.jsonl: say which fields are the inputs: text=FIELD, or features=FIELD,… for numbers",
        "csv:t.csv?text=text&label=text|csv:t.csv?text=text&label=text: column 'text' is given twice, expected different ones for text, pair, features and label",
        "csv:t.csv?pair=more|csv:t.csv?pair=more: key 'pair' is 'more', expected to stand beside text=COLUMN",
        "csv:t.csv?features=age&length=4|csv:t.csv?features=age&length=4: key 'length' is '4', expected to stand beside text=COLUMN",
        "csv:t.csv?text=text&tokenizer=none.json|csv:t.csv?text=text&tokenizer=none.json: key 'tokenizer' is 'none.json', expected a file; there is none at %s/none.json",
        "csv:t.csv?text=text&tokenizer=t.csv|csv:t.csv?text=text&tokenizer=t.csv: %s/t.csv is no tokenizer.json: Unrecognized token 'kind': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        "csv:t.csv?text=text&tokenizer=tokenizer.json&length=2|csv:t.csv?text=text&tokenizer=tokenizer.json&length=2: %s/tokenizer.json: length 2 leaves no room for a text beside the 2 special tokens; use a larger length",
        "csv:t.csv?text=text&standardize=true|csv:t.csv?text=text&standardize=true: standardize and means for missing values are for tables of numbers alone; with texts, say mean, std and missing=drop",
      })
  void whatDoesNotFitIsSaidInOneLine(String spec, String message) {
    assertThatThrownBy(() -> open(spec))
        .isInstanceOf(DataException.class)
        .hasMessage(message.replace("%s", folder.toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1]|is no JSON object, expected one a line",
        "{\"text\": \"a\"} {}|has more than one JSON object, expected one a line",
        "{\"text\": \"a\"|is no JSON object: Unexpected end-of-input: expected close marker for Object",
      })
  void aLineThatIsNoObjectIsNamed(String line, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.jsonl"), "{\"text\": \"a\"}\n\n" + line);
    assertThatThrownBy(() -> open("jsonl:bad.jsonl?text=text"))
        .hasMessage(file + " line 3 " + message);
  }
}
