package dev.swage.train.torch.op.control;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.program.Body;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import dev.swage.train.torch.program.Value;
import java.util.ArrayList;
import java.util.List;

/** Loop: a body run until a number of trips is over, or until it says so itself. */
final class Loop {
  private final Call call;
  private final Body body;
  private final List<ValueInfo> bodyOutputs;
  private final int states;

  private Loop(Call call, Body body, List<ValueInfo> bodyOutputs) {
    this.call = call;
    this.body = body;
    this.bodyOutputs = bodyOutputs;
    this.states = body.inputs() - 2;
  }

  static Operator operator(NodeContext node) {
    Body body = node.body("body");
    List<ValueInfo> outputs = bodyOutputs(node);
    return call -> new Loop(call, body, outputs).run();
  }

  static List<ValueInfo> bodyOutputs(NodeContext node) {
    return node.node().attributes().get("body") instanceof Attribute.GraphValue(var graph)
        ? graph.outputs()
        : List.of();
  }

  private org.bytedeco.pytorch.Tensor run() {
    long trips = call.has(0) ? call.longs(0)[0] : Long.MAX_VALUE;
    boolean goes = !call.has(1) || call.longs(1)[0] != 0;
    Carried carried = new Carried(call, states, 2);
    Stacks stacks = new Stacks(body.outputs() - 1 - states);
    for (long trip = 0; trip < trips && goes; trip++) {
      List<Value> inputs = new ArrayList<>();
      inputs.add(Value.ofHost(Tensor.ofLongs(Shape.of(), trip)));
      inputs.add(Value.ofHost(Tensor.ofBytes(DType.BOOL, Shape.of(), 1)));
      inputs.addAll(carried.values());
      List<Value> outputs = call.run(body, inputs);
      goes = isTrue(outputs.getFirst());
      carried.replace(outputs.subList(1, states + 1));
      stacks.add(outputs.subList(states + 1, outputs.size()));
    }
    List<Value> results = new ArrayList<>(carried.values());
    for (int i = 0; i < stacks.count(); i++) {
      results.add(Value.of(stacks.stacked(i, bodyOutputs.get(states + 1 + i), 0, false)));
    }
    return call.putAll(results);
  }

  private static boolean isTrue(Value condition) {
    return condition.host().data().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0) != 0;
  }
}
