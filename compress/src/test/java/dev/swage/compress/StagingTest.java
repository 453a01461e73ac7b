package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StagingTest {
  @TempDir private Path folder;

  private static Draft draft(OnnxModel model, List<Supplier<WeightOutcome>> makings) {
    List<Draft.Step> steps = new ArrayList<>();
    int layer = 0;
    for (Supplier<WeightOutcome> making : makings) {
      steps.add(new Draft.Step(Set.of("dense" + ++layer + ".weight"), making));
    }
    return new Draft(model, new Prepared(model, List.of()), steps, Map.of(), Map.of());
  }

  private static OnnxModel model() {
    return Network.input("x", 4).dense(5).relu().dense(3).seed(1).build();
  }

  private static WeightOutcome outcome() {
    return new WeightOutcome(
        Planner.plan(model(), WeightOptions.int8(), Set.of()).weights().getFirst(),
        1,
        1,
        OptionalDouble.empty());
  }

  @Test
  void aFileThatCannotBeWrittenEndsTheMakingOfCodes() throws IOException {
    List<String> made = new ArrayList<>();
    AtomicReference<Draft> own = new AtomicReference<>();
    try (Staging staging = Staging.beside(folder.resolve("small.onnx"))) {
      Files.delete(staging.file().getParent());
      own.set(
          draft(
              model(),
              List.of(
                  () -> {
                    made.add("first");
                    awaitAbandonment(own.get());
                    return outcome();
                  },
                  () -> {
                    made.add("second");
                    return outcome();
                  })));
      try (Staging.Writing writing = staging.begin(own.get(), CodeMemory.heap())) {
        assertThatThrownBy(writing::make)
            .isInstanceOf(FileSystemException.class)
            .hasMessageContaining("there is no folder");
      }
      Files.createDirectory(staging.file().getParent());
    }
    assertThat(made).doesNotContain("second");
  }

  /** Until the second step will not be made. */
  private static void awaitAbandonment(Draft draft) {
    try {
      draft.arrivals().accept("dense2.weight");
    } catch (CancellationException e) {
      // That is what was waited for.
    }
  }

  @Test
  void whatIsClosedBeforeItIsFinishedLeavesNothing() throws IOException {
    try (Staging staging = Staging.beside(folder.resolve("small.onnx"))) {
      Draft draft = draft(model(), List.of(StagingTest::outcome, StagingTest::outcome));
      try (Staging.Writing writing = staging.begin(draft, CodeMemory.heap())) {
        assertThat(writing).isNotNull();
      }
      assertThat(staging.bytes()).isZero();
    }
    assertThat(folder).isEmptyDirectory();
  }
}
