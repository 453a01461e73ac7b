package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Channels of pictures are standardized by the model that is trained on them. */
final class InputChannelsTest {
  @TempDir private Path folder;

  /** Dark pictures whose classes differ a little in red. */
  @BeforeEach
  void write() throws IOException {
    Random random = new Random(6);
    for (int i = 0; i < 40; i++) {
      BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
      for (int pixel = 0; pixel < 16; pixel++) {
        int red = 40 + (i % 2) * 8 + random.nextInt(6);
        int others = 90 + random.nextInt(6);
        image.setRGB(pixel % 4, pixel / 4, red << 16 | others << 8 | others);
      }
      Path file = folder.resolve("p/%s/%02d.png".formatted(i % 2 == 0 ? "no" : "yes", i));
      Files.createDirectories(file.getParent());
      assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
    }
  }

  private static TrainingRun train(DataSource data) {
    OnnxModel net =
        Network.input("x", 3, 4, 4).flatten().dense(8).relu().dense(2).softmax().seed(1).build();
    return Trainer.of(net)
        .loss(Loss.crossEntropy())
        .optimizer(AdamW.of(0.01))
        .batchSize(10)
        .epochs(12)
        .seed(5)
        .fit(data);
  }

  @Test
  void theModelTakesPixelsAsTheyAre() {
    DataSource data = DataSource.open("images:p?standardize=true", folder);
    TrainingRun run = train(data);
    OnnxModel model = OnnxReader.parse(OnnxWriter.toBytes(run.model()), "m");
    assertThat(model.graph().nodes().stream().map(Node::opType))
        .startsWith("Constant", "Constant", "Sub", "Div");
    assertThat(DataSchema.of(model)).isEqualTo(data.schema());
    DataSource again = DataSource.open("images:p", folder, DataSchema.of(model));
    assertThat(run.evaluate(again).accuracy().orElseThrow()).isEqualTo(1);
    Tensor pixels = again.batch(IntStream.range(0, 40).toArray()).inputs().getFirst();
    float[] expected = run.outputs(List.of(pixels)).getFirst().toFloats();
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      assertThat(session.run(List.of(pixels)).getFirst().toFloats())
          .containsExactly(expected, within(1e-5f));
    }
  }

  @Test
  void itIsTheModelThatPixelsStandardizedBeforeGave() {
    DataSource data = DataSource.open("images:p?standardize=true", folder);
    var channels = data.schema().channels().orElseThrow();
    String numbers =
        "&mean=%s&std=%s".formatted(text(channels.means()), text(channels.deviations()));
    DataSource before = DataSource.open("images:p?resize=4x4" + numbers, folder);
    int[] all = IntStream.range(0, 40).toArray();
    float[] one = train(data).outputs(data.batch(all).inputs()).getFirst().toFloats();
    float[] other = train(before).outputs(before.batch(all).inputs()).getFirst().toFloats();
    assertThat(one).containsExactly(other, within(1e-3f));
  }

  private static String text(List<Float> numbers) {
    return numbers.toString().replaceAll("[\\[\\] ]", "");
  }
}
