package dev.swage.graph.pass;

import dev.swage.graph.facts.InferredTypes;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.OnnxModel;

/**
 * What passes share.
 *
 * @param model the model under work, for its operator sets
 */
public record PassContext(OnnxModel model, InferredTypes facts, FreshNames names, ChangeLog log) {}
