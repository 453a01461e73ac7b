package dev.swage.train;

import java.util.List;

/**
 * Learning from a teacher beside the labels: with logits t of the teacher and s of the model, the
 * loss becomes {@code (1−α)·loss + α·(T²·KL(softmax(t/T) ‖ softmax(s/T)) + Σ MSE)}, the KL
 * divergence being the mean over samples (and steps), and the mean squared errors those between
 * chosen values of both.
 *
 * @param temperature T: the higher, the more the small probabilities count
 * @param weight α, in (0, 1]
 * @param layers names of values that are compared, of both models
 * @see <a href="https://arxiv.org/abs/1503.02531">Hinton, Vinyals, Dean: Distilling the knowledge
 *     in a neural network (2015)</a>
 */
public record Distillation(double temperature, double weight, List<String> layers) {
  public Distillation {
    layers = List.copyOf(layers);
    if (!(temperature > 0 && Double.isFinite(temperature))) {
      throw new IllegalArgumentException(
          "temperature must be a number above 0, as 4; got " + temperature);
    }
    if (!(weight > 0 && weight <= 1)) {
      throw new IllegalArgumentException("weight must be in (0, 1], as 0.7; got " + weight);
    }
  }

  /** Temperature 4, weight 0.7, logits alone. */
  public static Distillation standard() {
    return new Distillation(4, 0.7, List.of());
  }

  public Distillation withTemperature(double other) {
    return new Distillation(other, weight, layers);
  }

  public Distillation withWeight(double other) {
    return new Distillation(temperature, other, layers);
  }

  public Distillation withLayers(String... names) {
    return new Distillation(temperature, weight, List.of(names));
  }
}
