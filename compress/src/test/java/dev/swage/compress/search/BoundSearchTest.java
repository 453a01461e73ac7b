package dev.swage.compress.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.KeepReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundSearchTest {
  private static final SearchOptions PLENTY = new SearchOptions(1000);

  @TempDir private Path folder;

  /** Where noise adds up, the worst nodes are the right ones. */
  @ParameterizedTest
  @CsvSource({"1, 20", "2, 23", "3, 26", "4, 30", "5, 35", "6, 45"})
  void keepsTheFewestNodesInFloatsWhereNoiseAddsUp(long seed, double decibels) {
    MadeUpProblem problem = new MadeUpProblem(seed, 12, 0, 0);
    Bounds bounds = Bounds.minSqnr(decibels);
    SearchResult result = BoundSearch.of(problem, bounds).withOptions(PLENTY).run();
    assertThat(result.met()).isTrue();
    assertThat(result.finished()).isTrue();
    assertThat(result.given().choices()).hasSize(problem.fewest(bounds));
    assertThat(problem.score(result.given().choices().keySet())).isEqualTo(result.best().score());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void keepsTheBoundWhereNoiseDoesNotAddUp(long seed) {
    MadeUpProblem problem = new MadeUpProblem(seed, 12, 3, 0);
    Bounds bounds = Bounds.minSqnr(24);
    SearchResult result = BoundSearch.of(problem, bounds).run();
    assertThat(result.met()).isTrue();
    assertThat(bounds.met(problem.score(result.given().choices().keySet()))).isTrue();
    assertThat(result.given().choices().size())
        .isBetween(problem.fewest(bounds), problem.fewest(bounds) + 2);
    // None of those kept in floats could do with codes, the others as they are.
    for (String node : result.given().choices().keySet()) {
      List<String> fewer = new ArrayList<>(result.given().choices().keySet());
      fewer.remove(node);
      assertThat(bounds.met(problem.score(Set.copyOf(fewer)))).as(node).isFalse();
    }
  }

  @Test
  void accuracyIsBoundedAsWell() {
    MadeUpProblem problem = new MadeUpProblem(9, 12, 1, 0);
    Bounds both = new Bounds(OptionalDouble.of(18), OptionalDouble.of(0.0006));
    SearchResult result = BoundSearch.of(problem, both).run();
    assertThat(result.met()).isTrue();
    assertThat(result.best().score().accuracyDrop().orElseThrow()).isLessThanOrEqualTo(0.0006);
    assertThat(result.best().score().leastSqnrDb()).isGreaterThanOrEqualTo(18);
    assertThat(result.given().choices().size()).isLessThan(12);
  }

  @Test
  void nothingIsRankedWhereTheBoundHoldsAnyway() {
    MadeUpProblem problem = new MadeUpProblem(1, 12, 0, 0);
    SearchResult result = BoundSearch.of(problem, Bounds.minSqnr(3)).run();
    assertThat(result.met()).isTrue();
    assertThat(result.given().choices()).isEmpty();
    assertThat(problem.measured).containsExactly("[]");
  }

  @Test
  void keptNodesSayWhatTheyCost() {
    MadeUpProblem problem = new MadeUpProblem(2, 12, 0, 0);
    SearchResult result = BoundSearch.of(problem, Bounds.minSqnr(23)).run();
    NodeSensitivity worst = result.ranking().getFirst();
    assertThat(result.ranking()).extracting(NodeSensitivity::sqnrDb).isSorted();
    assertThat(result.given().kept().get(worst.node()))
        .satisfies(keep -> {
          assertThat(keep.reason()).isEqualTo(KeepReason.TOO_SENSITIVE);
          assertThat(keep.detail())
              .isEqualTo(
                  String.format(
                      java.util.Locale.ROOT,
                      "with it alone quantized, outputs are at %.1f dB",
                      worst.sqnrDb()));
        });
  }

  @Test
  void aBoundOutOfReachGivesTheNearest() {
    MadeUpProblem problem = new MadeUpProblem(3, 12, 0, 1e-3);
    SearchResult result = BoundSearch.of(problem, Bounds.minSqnr(40)).run();
    assertThat(result.met()).isFalse();
    assertThat(result.finished()).isTrue();
    assertThat(result.best().score().leastSqnrDb()).isEqualTo(30);
    assertThat(result.best().score().quantized()).isZero();
  }

  @Test
  void evaluationsAreBounded() {
    MadeUpProblem problem = new MadeUpProblem(4, 12, 3, 0);
    SearchOptions three = new SearchOptions(3);
    SearchResult result = BoundSearch.of(problem, Bounds.minSqnr(24)).withOptions(three).run();
    assertThat(result.trials()).hasSize(3);
    assertThat(result.best()).isEqualTo(bestOf(result.trials(), 24));
  }

  private static Trial bestOf(List<Trial> trials, double decibels) {
    Bounds bounds = Bounds.minSqnr(decibels);
    Trial best = trials.getFirst();
    for (Trial trial : trials) {
      boolean met = bounds.met(trial.score());
      boolean better =
          met
              ? !bounds.met(best.score()) || trial.score().quantized() > best.score().quantized()
              : !bounds.met(best.score())
                  && trial.score().leastSqnrDb() > best.score().leastSqnrDb();
      best = better ? trial : best;
    }
    return best;
  }

  /** Stopped after every number of measurements there is, then gone on with. */
  @Test
  void aResumedSearchMeasuresNothingTwiceAndFindsTheSame() {
    MadeUpProblem whole = new MadeUpProblem(7, 8, 3, 0);
    Bounds bounds = Bounds.minSqnr(24);
    SearchResult expected = BoundSearch.of(whole, bounds).run();
    assertThat(whole.measured).doesNotHaveDuplicates().hasSizeGreaterThan(12);
    for (int stop = 1; stop < whole.measured.size(); stop++) {
      Path state = folder.resolve("search-" + stop + ".json");
      MadeUpProblem problem = new MadeUpProblem(7, 8, 3, 0);
      SearchControl control = new SearchControl();
      SearchResult first =
          BoundSearch.of(problem, bounds)
              .stoppedBy(control)
              .reporting(stoppingAfter(stop, problem, control))
              .run(state);
      assertThat(first.finished()).isFalse();
      assertThat(first.measured()).isEqualTo(stop);
      assertThat(first.best()).isEqualTo(bestOf(first.trials(), 24));
      SearchResult second = BoundSearch.of(problem, bounds).run(state);
      assertThat(problem.measured).isEqualTo(whole.measured);
      assertThat(second.measured()).isEqualTo(whole.measured.size() - stop);
      assertThat(second.given()).isEqualTo(expected.given());
      assertThat(second.trials()).isEqualTo(expected.trials());
      assertThat(second.finished()).isTrue();
    }
  }

  private static SearchListener stoppingAfter(
      int count, MadeUpProblem problem, SearchControl control) {
    return new SearchListener() {
      @Override
      public void measured(NodeSensitivity sensitivity, SearchProgress progress) {
        stop();
      }

      @Override
      public void evaluated(Trial trial, SearchProgress progress) {
        stop();
      }

      private void stop() {
        if (problem.measured.size() == count) {
          control.stop();
        }
      }
    };
  }

  @Test
  void anotherBoundGoesOnFromTheSameMeasurements() {
    Path state = folder.resolve("search.json");
    MadeUpProblem problem = new MadeUpProblem(5, 12, 1, 0);
    BoundSearch.of(problem, Bounds.minSqnr(22)).run(state);
    SearchResult tighter = BoundSearch.of(problem, Bounds.minSqnr(26)).run(state);
    assertThat(tighter.met()).isTrue();
    assertThat(problem.measured).doesNotHaveDuplicates();
    assertThat(problem.measured).filteredOn(what -> what.startsWith("n")).hasSize(12);
  }

  @Test
  void figuresThatAreNotFiniteSurviveTheFile() {
    Path state = folder.resolve("search.json");
    MadeUpProblem problem = new MadeUpProblem(5, 3, 0, 0);
    SearchFile file = new SearchFile(state, problem.key());
    MeasurementLog log = new MeasurementLog();
    log.add(new NodeSensitivity("n0", "static", Double.NaN));
    log.add(new NodeSensitivity("n1", "dynamic int8 per-channel", Double.POSITIVE_INFINITY));
    Score score = new Score(Double.NEGATIVE_INFINITY, OptionalDouble.of(-0.25), 2);
    log.add(Trial.of(Map.of("n0", "keep"), score));
    log.add(Trial.of(Map.of(), new Score(12.5, OptionalDouble.empty(), 3)));
    file.write(log);
    MeasurementLog read = file.read();
    assertThat(read.ranking()).isEqualTo(log.ranking());
    assertThat(read.trials()).isEqualTo(log.trials());
  }

  @Test
  void filesOfOtherSearchesAreRefusedInOneLine() throws IOException {
    Path state = folder.resolve("search.json");
    BoundSearch.of(new MadeUpProblem(5, 12, 0, 0), Bounds.minSqnr(22)).run(state);
    assertThatThrownBy(
            () -> BoundSearch.of(new MadeUpProblem(6, 12, 0, 0), Bounds.minSqnr(22)).run(state))
        .isInstanceOf(SearchException.class)
        .hasMessage(
            "%s: holds a search of another model, data or setting: model is 'a5' there and 'a6' here; name another file or delete it"
                .formatted(state));
    Files.writeString(state, "{\"schema\": \"swage.calibration/1\"}");
    assertThatThrownBy(
            () -> BoundSearch.of(new MadeUpProblem(5, 12, 0, 0), Bounds.minSqnr(22)).run(state))
        .isInstanceOf(SearchException.class)
        .hasMessage(
            "%s: schema is swage.calibration/1, expected swage.search/2; name another file or delete it"
                .formatted(state));
    Files.writeString(state, "{\"schema\": \"swage.search/1\", \"trials\": [{\"kept\": []}]}");
    assertThatThrownBy(
            () -> BoundSearch.of(new MadeUpProblem(5, 12, 0, 0), Bounds.minSqnr(22)).run(state))
        .isInstanceOf(SearchException.class)
        .hasMessage(
            "%s: schema is swage.search/1, expected swage.search/2; name another file or delete it"
                .formatted(state));
    Files.writeString(state, "{");
    assertThatThrownBy(
            () -> BoundSearch.of(new MadeUpProblem(5, 12, 0, 0), Bounds.minSqnr(22)).run(state))
        .isInstanceOf(SearchException.class)
        .hasMessageStartingWith(state + ": ")
        .hasMessageEndingWith("; delete it to begin anew")
        .hasMessageNotContaining("\n");
  }

  @Test
  void progressCountsUpToTheEnd() {
    List<SearchProgress> told = new ArrayList<>();
    BoundSearch.of(new MadeUpProblem(7, 12, 3, 0), Bounds.minSqnr(24))
        .reporting(
            new SearchListener() {
              @Override
              public void measured(NodeSensitivity sensitivity, SearchProgress progress) {
                told.add(progress);
              }

              @Override
              public void evaluated(Trial trial, SearchProgress progress) {
                told.add(progress);
              }
            })
        .run();
    assertThat(told).extracting(SearchProgress::phase).isSorted();
    assertThat(told)
        .allSatisfy(progress -> {
          assertThat(progress.done()).isBetween(1, progress.total());
          assertThat(progress.secondsLeft().orElseThrow()).isNotNegative();
          assertThat(progress.best()).isPresent();
        });
    assertThat(told.getLast().done()).isEqualTo(told.getLast().total());
  }

  @Test
  void boundsAreChecked() {
    assertThatThrownBy(() -> new Bounds(OptionalDouble.empty(), OptionalDouble.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a search needs a bound");
    assertThatThrownBy(() -> Bounds.minSqnr(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the least SQNR must be a finite number of decibels, got NaN");
    assertThatThrownBy(() -> Bounds.maxAccuracyDrop(5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the accuracy drop is a share from -1 to 1, got 5.0");
    Score unscored = new Score(30, OptionalDouble.empty(), 3);
    assertThatThrownBy(() -> Bounds.maxAccuracyDrop(0.1).met(unscored))
        .isInstanceOf(SearchException.class)
        .hasMessage("a bound of the accuracy needs data with classes to measure it on");
    // 0.9893 − 0.9888 is a little more than 0.0005 in double.
    Score rounded = new Score(30, OptionalDouble.of(0.9893 - 0.9888), 3);
    assertThat(Bounds.maxAccuracyDrop(0.0005).met(rounded)).isTrue();
    Score broken = new Score(Double.NaN, OptionalDouble.empty(), 3);
    assertThat(Bounds.minSqnr(-100).met(broken)).isFalse();
  }
}
