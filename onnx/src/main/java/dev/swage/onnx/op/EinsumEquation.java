package dev.swage.onnx.op;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.List;

/**
 * What an Einsum multiplies and sums, letter by letter.
 *
 * @param terms the axes of each input, a letter each; {@code …} as three dots stands for any number
 * @param output the axes of the output
 */
public record EinsumEquation(List<String> terms, String output) {
  /** What stands for axes without letters. */
  public static final String ELLIPSIS = "...";

  public EinsumEquation {
    terms = List.copyOf(terms);
  }

  /** The equation of an Einsum; without terms for any other node. */
  public static EinsumEquation of(Node node) {
    String equation =
        node.attributes().get("equation") instanceof Attribute.StringValue(String text) ? text : "";
    return parse(equation);
  }

  /** Reads an equation, as {@code bk,kn->bn}, with or without the output. */
  public static EinsumEquation parse(String equation) {
    String text = equation.replace(" ", "");
    int arrow = text.indexOf("->");
    List<String> terms = List.of((arrow < 0 ? text : text.substring(0, arrow)).split(",", -1));
    return new EinsumEquation(terms, arrow < 0 ? implied(terms) : text.substring(arrow + 2));
  }

  /** Without an output: the letters that stand once, in alphabetical order, behind the ellipsis. */
  private static String implied(List<String> terms) {
    String all = String.join("", terms);
    StringBuilder output = new StringBuilder(all.contains(ELLIPSIS) ? ELLIPSIS : "");
    all.replace(".", "")
        .chars()
        .filter(letter -> all.indexOf(letter) == all.lastIndexOf(letter))
        .sorted()
        .forEach(letter -> output.append((char) letter));
    return output.toString();
  }

  /**
   * The axes of an input: the last that is left in the output, one that only this input has if
   * there is one; and the first that is summed over. Any two where the equation has none.
   *
   * @param rank of the input, at least 2
   */
  WeightAxes axes(int index, int rank) {
    String letters = index < terms.size() ? letters(terms.get(index), rank) : "";
    int channel = -1;
    int own = -1;
    int summed = -1;
    for (int axis = 0; axis < letters.length(); axis++) {
      char letter = letters.charAt(axis);
      boolean kept = letter == '.' || output.indexOf(letter) >= 0;
      if (kept) {
        channel = axis;
        own = letter != '.' && isOnlyIn(index, letter) ? axis : own;
      } else if (summed < 0) {
        summed = axis;
      }
    }
    int along = own >= 0 ? own : channel >= 0 ? channel : rank - 1;
    int across = summed >= 0 && summed != along ? summed : along == 0 ? 1 : along - 1;
    return new WeightAxes(along, across);
  }

  private boolean isOnlyIn(int index, char letter) {
    for (int other = 0; other < terms.size(); other++) {
      if (other != index && terms.get(other).indexOf(letter) >= 0) {
        return false;
      }
    }
    return true;
  }

  /** A letter for each axis, a dot for those without; empty where the term is of another rank. */
  private static String letters(String term, int rank) {
    int named = term.replace(ELLIPSIS, "").length();
    String letters = term.replace(ELLIPSIS, ".".repeat(Math.max(0, rank - named)));
    return letters.length() == rank ? letters : "";
  }
}
