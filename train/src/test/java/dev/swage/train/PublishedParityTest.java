package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.clip.Clip;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.TestFloats;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Models that others published, trained for a few steps: the exported file gives in ONNX Runtime
 * what the trainer gives, and holds the weights that were trained.
 */
final class PublishedParityTest {
  private static final int STEPS = 3;

  @ParameterizedTest
  @CsvSource({
    "tribuo/cnn_mnist, 2, 1 28 28",
    "tribuo/iris-lr-model, 4, 4",
    "ort-examples/mnist, 1, 1 28 28",
    "resnet-cifar10/resnet20-12fca82f.derived, 4, 3 32 32",
    "ultraface/version-RFB-320, 1, 3 240 320",
    "ultraface/version-RFB-320_simplified, 1, 3 240 320"
  })
  void the_exported_file_is_what_was_trained(String name, int batch, String sample) {
    OnnxModel model = OnnxReader.read(SharedData.require("models/" + name + ".onnx"));
    long[] sizes = Arrays.stream(sample.split(" ")).mapToLong(Long::parseLong).toArray();
    Tensor inputs = random(batch * STEPS, sizes, 1);
    TrainingRun run =
        Trainer.of(model)
            .loss(Loss.meanSquaredError())
            .optimizer(Sgd.of(0.01))
            .clip(Clip.byGlobalNorm(1))
            .batchSize(batch)
            .fit(DataSource.of(inputs, random(batch * STEPS, output(model, batch, sizes), 2)));
    assertThat(Parity.changed(model, run.model())).as("weights that were trained").isPositive();
    Parity.assertReloads(run.model());
    Parity.assertSame(run, List.of(random(batch, sizes, 3)), 1e-5);
  }

  /** The sizes of what the model says first of one sample. */
  private static long[] output(OnnxModel model, int batch, long[] sizes) {
    Shape shape =
        Parity.runtime(OnnxWriter.toBytes(model), List.of(random(batch, sizes, 4)))
            .getFirst()
            .shape();
    return IntStream.range(1, shape.rank()).mapToLong(shape::dim).toArray();
  }

  private static Tensor random(int samples, long[] sizes, long seed) {
    long[] dims = new long[sizes.length + 1];
    dims[0] = samples;
    System.arraycopy(sizes, 0, dims, 1, sizes.length);
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian(Math.toIntExact(shape.elements()), 1, seed));
  }
}
