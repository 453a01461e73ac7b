package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.clip.Clip;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SentenceEncoder;
import dev.swage.train.head.Head;
import dev.swage.train.torch.TorchSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real sentence encoder, as it comes and fine-tuned, gives in ONNX Runtime the same as here. */
final class EncoderParityTest {
  private static final double BOUND = 1e-4;

  @TempDir private Path folder;
  private DataSource sentences = DataSource.of(new float[][] {{0}}, new int[] {0});

  @BeforeEach
  void tokenize() throws IOException {
    Files.write(folder.resolve("tokenizer.json"), SentenceEncoder.tokenizer());
    Path texts = Files.createDirectory(folder.resolve("texts"));
    Files.write(
        texts.resolve("river.txt"),
        List.of(
            "The river rose two metres in a night.",
            "Barges, ferries and rowing boats all wait for the tide to turn before they pass the bridge.",
            "Fish!",
            "Was the old mill built before 1790, or after the flood that took the first one away?"));
    Files.write(
        texts.resolve("kitchen.txt"),
        List.of(
            "Stir the flour into warm butter until nothing sticks to the pan.",
            "She salted it twice; nobody noticed.",
            "An oven at 220 °C bakes bread of 750 g in about forty minutes, on stone somewhat faster.",
            "Coffee?"));
    sentences = DataSource.open("lines:texts?tokenizer=tokenizer.json&length=48", folder);
  }

  @Test
  void the_encoder_as_it_comes_gives_what_onnx_runtime_gives() {
    byte[] file = SentenceEncoder.model();
    OnnxModel model = OnnxReader.parse(file, "encoder");
    List<Tensor> inputs = inputs(model);
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      Parity.assertSame(session.outputs(inputs), Parity.runtime(file, inputs), BOUND);
    }
  }

  @Test
  void a_fine_tuned_encoder_gives_in_onnx_runtime_what_the_trainer_gives() {
    OnnxModel model = Head.replace(OnnxReader.parse(SentenceEncoder.model(), "encoder"), 2, 5);
    TrainingRun run =
        Trainer.of(model)
            .loss(Loss.crossEntropyWithLogits())
            .optimizer(AdamW.of(5e-5))
            .clip(Clip.byGlobalNorm(1))
            .batchSize(4)
            .fit(sentences);
    assertThat(run.plan().totalSteps()).isEqualTo(2);
    assertThat(Parity.changed(model, run.model()))
        .as("weights that were trained")
        .isGreaterThan(90);
    Parity.assertReloads(run.model());
    Parity.assertSame(run, inputs(run.model()), BOUND);
  }

  /** All sentences in one batch: some are padded to the longest. */
  private List<Tensor> inputs(OnnxModel model) {
    DataSource bound = BoundData.of(sentences, model);
    return bound.batch(IntStream.range(0, sentences.size()).toArray()).inputs();
  }
}
