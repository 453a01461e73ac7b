package dev.swage.cli.recipe;

import dev.swage.data.yaml.YamlValue;
import dev.swage.train.Distillation;
import dev.swage.train.Loss;
import java.util.List;

/** Reads {@code quantize.distill}: how much is learned from the floats. */
final class DistillReader {
  private DistillReader() {}

  static Distillation read(YamlValue value, Loss loss) {
    if (!loss.classifies()) {
      throw value.error(
          "%s compares logits of classes, and loss %s has none; leave it out"
              .formatted(value.key(), loss.describe()));
    }
    YamlValue.Entries entries = value.entries(List.of("temperature", "weight", "layers"));
    Distillation standard = Distillation.standard();
    List<String> layers =
        entries.get(
            "layers", List.of(), names -> names.items().stream().map(YamlValue::text).toList());
    return TrainingReader.checked(
        value,
        () ->
            new Distillation(
                entries.get("temperature", standard.temperature(), YamlValue::number),
                entries.get("weight", standard.weight(), YamlValue::number),
                layers));
  }
}
