package dev.swage.cli.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.train.Distillation;
import dev.swage.train.quantize.Oscillation;
import dev.swage.train.quantize.QuantizerSchedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a recipe says about the steps of training through codes. */
final class QuantizeRecipeTest {
  private static final String RECIPE =
      """
      name: small
      data:
        train: "moons:?n=640"
        test: "moons:?n=100&split=test"
      model:
        input: [2]
        layers: [{dense: 10}, relu, {dense: 2}]
      train:
        loss: cross-entropy-logits
        optimizer: {adam: {lr: 0.01}}
        batch: 32
        epochs: 1
        clip: none
      """;

  @TempDir private Path folder;

  private Codes read(String quantize, String... more) throws IOException {
    Path recipe = folder.resolve("small.yaml");
    Files.writeString(recipe, RECIPE);
    List<String> overrides = new ArrayList<>(List.of(more));
    overrides.add("quantize=" + quantize);
    return RecipeReader.read(recipe, overrides).codes().orElseThrow();
  }

  @Test
  void nothing_is_scheduled_unless_asked_for() throws IOException {
    assertThat(read("{weights: int4}").quantizers(0)).isEqualTo(QuantizerSchedule.CONSTANT);
  }

  @Test
  void codes_start_later_in_the_first_stage_and_freeze_in_each() throws IOException {
    Codes codes =
        read("{weights: int4, stages: [int8], start: 30, freeze: {observer: 50, batch-norm: 40}}");
    assertThat(codes.quantizers(0))
        .isEqualTo(
            new QuantizerSchedule(30, OptionalLong.of(50), OptionalLong.of(40), Optional.empty()));
    assertThat(codes.quantizers(1))
        .isEqualTo(
            new QuantizerSchedule(0, OptionalLong.of(50), OptionalLong.of(40), Optional.empty()));
  }

  @Test
  void oscillations_are_damped_and_frozen_where_codes_are_few() throws IOException {
    Codes codes =
        read("{weights: int4, stages: [int8, int5], oscillation: {damp: 0.1, freeze: 0.02}}");
    assertThat(codes.quantizers(0).oscillation()).isEmpty();
    assertThat(codes.quantizers(1).oscillation()).isEmpty();
    assertThat(codes.quantizers(2).oscillation())
        .contains(new Oscillation(0.1, Optional.of(new Oscillation.Threshold(0.02, 0.02))));
    assertThat(
            read("{weights: int2, oscillation: {freeze: {from: 0.1, to: 0.01}}}")
                .quantizers(0)
                .oscillation())
        .contains(Oscillation.freezingAbove(0.1, 0.01));
    assertThat(read("{weights: int2, method: ste, oscillation: {damp: 3}}").quantizers(0))
        .isEqualTo(QuantizerSchedule.CONSTANT.against(Oscillation.damping(3)));
  }

  @Test
  void floats_teach() throws IOException {
    assertThat(read("{weights: int4}").distillation()).isEmpty();
    assertThat(read("{weights: int4, distill: {}}").distillation())
        .contains(new Distillation(4, 0.7, List.of()));
    assertThat(
            read("{weights: int4, distill: {temperature: 2, weight: 1, layers: [a, b]}}")
                .distillation())
        .contains(new Distillation(2, 1, List.of("a", "b")));
    assertThatThrownBy(() -> read("{weights: int4, distill: {}}", "train.loss=mean-squared-error"))
        .hasMessageContaining(
            "quantize.distill compares logits of classes, and loss mean squared error has none; leave it out");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{weights: int4, start: -1} | quantize.start: start must be a step from 0 on, got -1",
        "{weights: int4, start: soon} | quantize.start must be a whole number, got 'soon'",
        "{weights: int4, start: 9, freeze: {observer: 8}} | quantize.freeze.observer: scales that freeze at step 8 have not begun: codes start at step 9; freeze them then or later",
        "{weights: int4, freeze: {observers: 8}} | unknown key 'observers' in quantize.freeze; did you mean 'observer'?",
        "{weights: int5, oscillation: {damp: 1}} | quantize.oscillation: codes of 5 bits change at every step; oscillations are for weights of up to int4",
        "{weights: int4, method: ste, oscillation: {freeze: 0.1}} | quantize.oscillation.freeze: scales of weights follow their range with method ste, and a frozen weight would move it; use lsq, lsq+ or fixed, or damp",
        "{weights: int4, oscillation: {freeze: 3}} | quantize.oscillation.freeze: a threshold is oscillations per step, in (0, 1), as 0.02; got 3.0",
        "{weights: int4, oscillation: {damp: -1}} | quantize.oscillation: damp must be a number from 0 on, got -1.0",
        "{weights: int4, oscillation: {}} | quantize.oscillation: say damp or freeze, or nothing at all",
        "{weights: int4, oscillation: {dampen: 1}} | unknown key 'dampen' in quantize.oscillation; did you mean 'damp'?",
        "{weights: int4, distill: {temperature: 0}} | quantize.distill: temperature must be a number above 0, as 4; got 0.0",
        "{weights: int4, distill: {weight: 2}} | quantize.distill: weight must be in (0, 1], as 0.7; got 2.0",
        "{weights: int4, distill: {alpha: 2}} | unknown key 'alpha' in quantize.distill",
        "{weights: int4, freeze: {batch-norm: -3}} | quantize.freeze.batch-norm: statistics must be a step from 0 on, got -3"
      })
  void what_cannot_be_has_a_line(String quantize, String message) {
    assertThatThrownBy(() -> read(quantize)).hasMessageContaining(message);
  }
}
