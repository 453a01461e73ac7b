package dev.swage.bench.fuzz;

import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.planner.PlanResolution;
import dev.swage.compress.planner.SourceModel;
import dev.swage.graph.PreparationOptions;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelFile;
import dev.swage.testkit.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Reads plans that people edited, and resolves them for their model. */
final class PlanTarget implements FuzzTarget {
  private final SourceModel source;
  private final byte[] seed;

  PlanTarget() {
    OnnxModel model = SeedModels.dense();
    ModelFile file = new ModelFile(Path.of("model.onnx"), model, model.graph().weightBytes());
    source = SourceModel.of(file, ModelHash.of(""), PreparationOptions.defaults());
    seed =
        PlanFile.render(
                ModelQuantization.of(QuantizeOptions.of(QuantMode.WEIGHT_ONLY))
                    .plan(model, QuantizeData.none())
                    .plan())
            .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String name() {
    return "plans";
  }

  @Override
  public Form form() {
    return Form.TEXT;
  }

  @Override
  public List<byte[]> seeds() {
    return List.of(seed);
  }

  @Override
  public void read(byte[] input) {
    PlanResolution.of(
        PlanFile.parse("plan.yaml", new String(input, StandardCharsets.UTF_8)), source);
  }
}
