package dev.swage.graph;

import dev.swage.onnx.FreshNames;
import dev.swage.onnx.OnnxModel;

/**
 * What passes share.
 *
 * @param model the model under work, for its operator sets
 */
record PassContext(OnnxModel model, Facts facts, FreshNames names, RewriteLog log) {}
