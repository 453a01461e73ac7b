package dev.swage.bench.fuzz;

import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeNames;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.planner.Excluded;
import dev.swage.compress.planner.ModelPlanner;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.weights.Opsets;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.PlanWriter;
import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.op.OperatorChecker;
import dev.swage.quant.RangeEstimator;
import dev.swage.run.ModelFile;
import dev.swage.testkit.fuzz.FuzzTarget;
import java.nio.file.Path;
import java.util.List;

/** Reads, checks, prepares, plans and writes models; nothing native runs. */
record ModelTarget(List<byte[]> seeds) implements FuzzTarget {
  private static final Path NAME = Path.of("model.onnx");

  ModelTarget {
    seeds = List.copyOf(seeds);
  }

  @Override
  public String name() {
    return "models";
  }

  @Override
  public Form form() {
    return Form.MESSAGE;
  }

  @Override
  public void read(byte[] input) {
    OnnxModel model = OnnxReader.parse(input, "input");
    checkOperators(model);
    OnnxWriter.toBytes(model);
    Prepared prepared =
        Preparation.of(
            model, PreparationOptions.defaults().withIntegerForms(true), GraphEvaluator.none());
    prepared = prepared.withModel(NodeNames.distinct(prepared.model()));
    SourceModel source =
        new SourceModel(new ModelFile(NAME, model, input.length), ModelHash.of(""), prepared);
    write(source, planner(source, Objective.SIZE).withWeights(WeightOptions.int8()));
    write(
        source,
        planner(source, Objective.SIZE)
            .withDynamic(DynamicOptions.standard())
            .withWeights(WeightOptions.int4()));
  }

  private static void checkOperators(OnnxModel model) {
    try {
      OperatorChecker.check(model);
    } catch (OnnxException e) {
      // Most inputs are refused here, and go on all the same: quantization does not ask.
      return;
    }
  }

  private static ModelPlanner planner(SourceModel source, Objective objective) {
    ModelPlanner.Header header =
        new ModelPlanner.Header(objective, PlanForm.QDQ, "", RangeEstimator.minMax());
    return new ModelPlanner(source, header, Excluded.none(), new WeightErrors());
  }

  private static void write(SourceModel source, ModelPlanner planner) {
    ModelPlan plan = planner.plan(Assignment.none());
    PlanFile.parse("plan", PlanFile.render(plan));
    if (plan.quantized() > 0 && Opsets.of(plan) <= source.model().opset()) {
      OnnxWriter.toBytes(PlanWriter.write(source.prepared(), plan).model());
    }
  }
}
