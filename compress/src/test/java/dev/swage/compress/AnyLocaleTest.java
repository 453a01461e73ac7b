package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.search.SearchControl;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans, files and the states of searches are the same under any default locale. */
class AnyLocaleTest {
  private static final String[] LOCALES = {"ar-EG-u-nu-arab", "hi-IN-u-nu-deva", "tr-TR", "de-DE"};

  private final Locale before = Locale.getDefault();

  @TempDir private Path folder;
  private Path model = Path.of("");

  @BeforeEach
  void network() {
    OnnxModel net =
        Network.input("image", 3, 12, 12)
            .conv2d(8, 3)
            .relu()
            .conv2d(8, 3)
            .relu()
            .flatten()
            .dense(10)
            .seed(3)
            .build();
    model = folder.resolve("net.onnx");
    OnnxWriter.write(net, model);
  }

  @AfterEach
  void reset() {
    Locale.setDefault(before);
  }

  private QuantizeData data() {
    return QuantizeData.of(DataSource.open("random:1x3x12x12?n=6", folder));
  }

  private static ModelQuantization small(QuantMode mode, PlanForm form) {
    return ModelQuantization.of(
        QuantizeOptions.of(mode).withForm(form).withObjective(Objective.SIZE));
  }

  static Stream<Arguments> modesUnderLocales() {
    return Arrays.stream(LOCALES)
        .flatMap(locale ->
            Stream.of(
                Arguments.of(locale, QuantMode.WEIGHT_ONLY, PlanForm.QDQ),
                Arguments.of(locale, QuantMode.STATIC, PlanForm.QDQ),
                Arguments.of(locale, QuantMode.STATIC, PlanForm.QOPERATOR),
                Arguments.of(locale, QuantMode.DYNAMIC, PlanForm.CONTRIB),
                Arguments.of(locale, QuantMode.MIXED, PlanForm.QDQ)));
  }

  @ParameterizedTest
  @MethodSource("modesUnderLocales")
  void filesAndPlansAreTheSame(String locale, QuantMode mode, PlanForm form) throws IOException {
    Path usual = folder.resolve("usual.onnx");
    Path other = folder.resolve("other.onnx");
    Path again = folder.resolve("again.onnx");
    Locale.setDefault(Locale.ROOT);
    ModelPlan expected = small(mode, form).convert(model, usual, data()).planned().plan();
    Path plan = folder.resolve("plan.yaml");
    PlanFile.write(plan, expected);
    Locale.setDefault(Locale.forLanguageTag(locale));
    ModelPlan found = small(mode, form).convert(model, other, data()).planned().plan();
    assertThat(other).hasSameBinaryContentAs(usual);
    assertThat(PlanFile.render(found)).isEqualTo(Files.readString(plan));
    PlanFile.write(plan, found);
    small(mode, form).apply(PlanFile.read(plan), model, again, data().samples());
    assertThat(again).hasSameBinaryContentAs(usual);
    Locale.setDefault(Locale.ROOT);
    assertThat(PlanFile.render(PlanFile.read(plan))).isEqualTo(PlanFile.render(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab", "hi-IN-u-nu-deva"})
  void aSearchGoesOnUnderAnotherLocale(String locale) {
    Path state = folder.resolve("search.json");
    QuantizeRun run =
        new QuantizeRun(QuantizeListeners.NONE, new SearchControl(), Optional.of(state));
    ModelQuantization bounded =
        ModelQuantization.of(
                QuantizeOptions.of(QuantMode.STATIC)
                    .withObjective(Objective.SIZE)
                    .withGoal(QuantGoal.of(Objective.SIZE).withMinSqnr(38)))
            .with(run);
    Locale.setDefault(Locale.forLanguageTag(locale));
    PlannedModel first = bounded.plan(model, data());
    Locale.setDefault(Locale.ROOT);
    PlannedModel second = bounded.plan(model, data());
    assertThat(first.search().orElseThrow().measured()).isPositive();
    assertThat(second.search().orElseThrow().measured()).isZero();
    assertThat(second.plan()).isEqualTo(first.plan());
  }

  /** Nodes are told apart by numbers in their names, which another locale would write otherwise. */
  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab"})
  void nodesAreTimedUnderAnotherLocale(String locale) {
    Locale.setDefault(Locale.forLanguageTag(locale));
    PlannedModel planned =
        ModelQuantization.of(QuantizeOptions.of(QuantMode.STATIC)).plan(model, data());
    assertThat(planned.timing().orElseThrow().nodes())
        .filteredOn(node -> node.operator().equals("Conv"))
        .hasSize(2)
        .allSatisfy(node -> {
          assertThat(node.floatsMillis()).isPositive();
          assertThat(node.codesMillis()).isPositive();
        });
    assertThat(PlanFile.render(planned.plan())).doesNotContainPattern("[٠-٩]");
  }
}
