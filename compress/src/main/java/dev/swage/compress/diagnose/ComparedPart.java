package dev.swage.compress.diagnose;

import dev.swage.onnx.Node;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A value that both graphs compute, and the part of the quantized graph that computes it from
 * values both have.
 *
 * @param node what the reference calls the node: its name, or its first output where it has none
 * @param operator of that node
 * @param value the node's output, or that of a clip which the codes absorbed
 * @param nodes of the quantized graph, in its order
 * @param operands values of both graphs that these read
 * @param coded those of the operands that are read as codes
 * @param standIns operands by the values that stand for them: floats that become the same codes
 * @param same whether the quantized graph computes the value as the reference does
 */
record ComparedPart(
    String node,
    String operator,
    String value,
    List<Node> nodes,
    Set<String> operands,
    Set<String> coded,
    Map<String, String> standIns,
    boolean same) {}
