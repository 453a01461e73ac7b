package dev.swage.train.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A run's state at one step, apart from the memory where it goes on changing.
 *
 * @param step optimizer steps done
 * @param manifest whole numbers and texts; decimal numbers are tensors, to keep every bit
 * @param tensors by name
 */
public record Snapshot(long step, ObjectNode manifest, Map<String, Tensor> tensors) {
  public Snapshot {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** An empty manifest. */
  public static ObjectNode manifest(long step) {
    return Json.object().put("schema", CheckpointFolder.SCHEMA).put("step", step);
  }
}
