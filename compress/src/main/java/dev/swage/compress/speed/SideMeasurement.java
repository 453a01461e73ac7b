package dev.swage.compress.speed;

import dev.swage.compress.speed.Attribution.Crossing;
import dev.swage.compress.speed.NodeGroups.CodedValue;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ActivationSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.time.NodeProfile;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Fills {@link SideTimes} from profiles: first of the two extremes, then of mixes. */
final class SideMeasurement {
  /** Operators whose kernels take images in the layout of their side as they are. */
  private static final Set<String> LAYOUT_KEEPERS =
      Set.of(
          "Add",
          "AveragePool",
          "Clip",
          "Concat",
          "Conv",
          "GlobalAveragePool",
          "LeakyRelu",
          "MaxPool",
          "Mul",
          "Relu",
          "Sigmoid",
          "Sum");

  private final OnnxModel prepared;
  private final List<Tensor> sample;
  private final NodeGroups groups;
  private final TaggedModel floats;
  private final SideTimes times;
  private double floatMillis;

  SideMeasurement(MeasuredModel model, NodeGroups groups, MixedModel most) {
    this.prepared = model.prepared();
    this.sample = model.sample();
    this.groups = groups;
    this.floats = TaggedModel.floats(prepared, most, groups);
    this.times = new SideTimes(groups.groups().size());
  }

  SideTimes times() {
    return times;
  }

  /** Everything as floats against everything as codes, and conversions by themselves. */
  void extremes(MixedModel most, Duration budget) {
    conversions();
    TaggedModel codes = TaggedModel.mixed(most, groups);
    List<NodeProfile> profiles =
        AlternateProfiles.of(List.of(floats.model(), codes.model()), sample, budget);
    floatMillis = profiles.getFirst().millis();
    fusions(learn(floats, profiles.getFirst(), 1));
    learn(codes, profiles.getLast(), 1);
  }

  /** A mix, run in turn with the float model, which shows how busy the machine is by now. */
  void mix(MixedModel mix, Duration budget) {
    TaggedModel tagged = TaggedModel.mixed(mix, groups);
    List<NodeProfile> profiles =
        AlternateProfiles.of(List.of(floats.model(), tagged.model()), sample, budget);
    learn(tagged, profiles.getLast(), floatMillis / profiles.getFirst().millis());
  }

  private void conversions() {
    List<String> names = groups.values().stream().map(CodedValue::name).toList();
    List<Shape> shapes =
        ActivationSession.shapes("the model", prepared, names, sample, SessionOptions.defaults());
    ConversionTimes conversions = ConversionTimes.of(new HashSet<>(shapes));
    for (int i = 0; i < shapes.size(); i++) {
      CodedValue value = groups.values().get(i);
      Shape shape = shapes.get(i);
      double layouts = keepsLayout(value) ? conversions.layouts(shape) : 0;
      times.setConversion(value.name(), true, conversions.quantize(shape) + layouts);
      boolean either = value.producer().filter(NodeGroup::writesEither).isPresent();
      times.setConversion(
          value.name(), false, either ? 0 : conversions.dequantize(shape) + layouts);
    }
  }

  private static boolean keepsLayout(CodedValue value) {
    return value.producer().filter(SideMeasurement::keepsLayout).isPresent()
        && value.readers().stream().anyMatch(SideMeasurement::keepsLayout);
  }

  private static boolean keepsLayout(NodeGroup group) {
    return LAYOUT_KEEPERS.contains(group.node().opType());
  }

  private Attribution learn(TaggedModel model, NodeProfile profile, double factor) {
    Attribution attribution = new Attribution(model, groups, profile);
    for (NodeGroup group : groups.groups()) {
      double millis = attribution.nodes().getOrDefault(group.index(), 0.0);
      times.set(group.index(), model.readsCodes(group.index()), millis * factor);
    }
    for (Map.Entry<Crossing, Double> crossing : attribution.crossings().entrySet()) {
      Crossing key = crossing.getKey();
      times.setConversion(key.value(), key.toCodes(), crossing.getValue() * factor);
    }
    return attribution;
  }

  /** Groups that no kernel of the float model is named after went into that of a producer. */
  private void fusions(Attribution attribution) {
    Set<Integer> visible = attribution.nodes().keySet();
    for (NodeGroup group : groups.groups()) {
      if (group.free() && !visible.contains(group.index())) {
        group.node().inputs().stream()
            .map(groups::producer)
            .flatMap(Optional::stream)
            .filter(NodeGroup::free)
            .max(Comparator.comparingInt(NodeGroup::index))
            .ifPresent(producer -> times.setFused(group.index(), producer.index()));
      }
    }
  }
}
