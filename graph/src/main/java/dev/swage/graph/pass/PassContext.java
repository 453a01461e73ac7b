package dev.swage.graph.pass;

import dev.swage.graph.facts.Facts;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.OnnxModel;

/**
 * What passes share.
 *
 * @param model the model under work, for its operator sets
 */
public record PassContext(OnnxModel model, Facts facts, FreshNames names, ChangeLog log) {}
