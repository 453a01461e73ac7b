package dev.swage.run;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cuts a model's values into groups that are exposed at the same time. */
public final class ActivationGroups {
  private ActivationGroups() {}

  /**
   * Groups of at most {@code budget} bytes in float32, in the values' order; a value that takes
   * more is a group of its own.
   *
   * @param shapes one for each value
   */
  public static List<List<String>> within(long budget, List<String> values, List<Shape> shapes) {
    List<List<String>> groups = new ArrayList<>();
    List<String> members = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < values.size(); i++) {
      long size = DType.FLOAT32.bytes(shapes.get(i).elements());
      if (!members.isEmpty() && bytes + size > budget) {
        groups.add(List.copyOf(members));
        members = new ArrayList<>();
        bytes = 0;
      }
      members.add(values.get(i));
      bytes += size;
    }
    if (!members.isEmpty()) {
      groups.add(List.copyOf(members));
    }
    return List.copyOf(groups);
  }
}
