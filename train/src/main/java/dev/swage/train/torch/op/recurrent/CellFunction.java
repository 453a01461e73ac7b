package dev.swage.train.torch.op.recurrent;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A function of a recurrent cell.
 *
 * @param name as ONNX has it, in lower case
 */
record CellFunction(String name, float alpha, float beta) implements UnaryOperator<Tensor> {
  /** How many of alpha and beta a function takes, and what they are unless given. */
  private record Parameters(int count, float alpha, float beta) {}

  private static final Parameters NONE = new Parameters(0, 0, 0);

  private static final Map<String, Parameters> KNOWN =
      Map.ofEntries(
          Map.entry("tanh", NONE),
          Map.entry("sigmoid", NONE),
          Map.entry("relu", NONE),
          Map.entry("softsign", NONE),
          Map.entry("softplus", NONE),
          Map.entry("leakyrelu", new Parameters(1, 0.01f, 0)),
          Map.entry("thresholdedrelu", new Parameters(1, 1, 0)),
          Map.entry("elu", new Parameters(1, 1, 0)),
          Map.entry("affine", new Parameters(2, 1, 0)),
          Map.entry("scaledtanh", new Parameters(2, 1, 1)),
          Map.entry("hardsigmoid", new Parameters(2, 0.2f, 0.5f)));

  static boolean isKnown(String name) {
    return KNOWN.containsKey(name.toLowerCase(Locale.ROOT));
  }

  /** Functions by their names; each takes of the values in turn what it needs. */
  static List<CellFunction> all(List<String> names, List<Float> alphas, List<Float> betas) {
    Iterator<Float> alpha = alphas.iterator();
    Iterator<Float> beta = betas.iterator();
    List<CellFunction> functions = new ArrayList<>();
    for (String name : names) {
      String key = name.toLowerCase(Locale.ROOT);
      Parameters parameters = java.util.Objects.requireNonNull(KNOWN.get(key), key);
      functions.add(
          new CellFunction(
              key,
              parameters.count() > 0 && alpha.hasNext() ? alpha.next() : parameters.alpha(),
              parameters.count() > 1 && beta.hasNext() ? beta.next() : parameters.beta()));
    }
    return functions;
  }

  @Override
  public Tensor apply(Tensor x) {
    Scalar a = new Scalar(alpha);
    Scalar b = new Scalar(beta);
    return switch (name) {
      case "tanh" -> torch.tanh(x);
      case "sigmoid" -> torch.sigmoid(x);
      case "relu" -> torch.relu(x);
      case "softsign" -> x.div(torch.abs(x).add(new Scalar(1f)));
      case "softplus" -> torch.softplus(x);
      case "leakyrelu" -> torch.where(x.ge(new Scalar(0f)), x, x.mul(a));
      case "thresholdedrelu" -> torch.where(x.gt(a), x, torch.zeros_like(x));
      case "elu" -> torch.where(x.ge(new Scalar(0f)), x, torch.expm1(x).mul(a));
      case "affine" -> x.mul(a).add(b);
      case "scaledtanh" -> torch.tanh(x.mul(b)).mul(a);
      default -> torch.relu(x.mul(a).add(b)).minimum(torch.ones_like(x)); // hardsigmoid
    };
  }
}
