package dev.swage.train.torch.op.control;

import dev.swage.onnx.ValueInfo;
import dev.swage.train.torch.program.Body;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import dev.swage.train.torch.program.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Scan: a body run for each slice of its inputs; version 8 does so for each sample of a batch. */
final class Scan {
  private final Body body;
  private final List<ValueInfo> bodyOutputs;
  private final int states;
  private final int scanned;
  private final long[] inputAxes;
  private final long[] inputDirections;
  private final long[] outputAxes;
  private final long[] outputDirections;

  private Scan(NodeContext node) {
    this.body = node.body("body");
    this.bodyOutputs = Loop.bodyOutputs(node);
    this.scanned = Math.toIntExact(node.intAttribute("num_scan_inputs", 1));
    this.states = body.inputs() - scanned;
    int stacked = body.outputs() - states;
    String directions = node.opset() < 9 ? "directions" : "scan_input_directions";
    this.inputDirections = node.node().intsAttribute(directions, new long[scanned]);
    this.inputAxes = node.node().intsAttribute("scan_input_axes", new long[scanned]);
    this.outputAxes = node.node().intsAttribute("scan_output_axes", new long[stacked]);
    this.outputDirections = node.node().intsAttribute("scan_output_directions", new long[stacked]);
  }

  static Operator operator(NodeContext node) {
    Scan scan = new Scan(node);
    return node.opset() < 9 ? scan::eachSample : scan::whole;
  }

  private Tensor whole(Call call) {
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < scanned; i++) {
      inputs.add(call.in(states + i));
    }
    Carried carried = new Carried(call, states, 0);
    return call.putAll(run(call, carried, inputs, inputs.getFirst().size(inputAxes[0])));
  }

  /** The states at the end, then what all trips gave. */
  private List<Value> run(Call call, Carried carried, List<Tensor> inputs, long steps) {
    Stacks stacks = new Stacks(body.outputs() - states);
    for (long step = 0; step < steps; step++) {
      List<Value> given = new ArrayList<>(carried.values());
      for (int i = 0; i < scanned; i++) {
        long at = inputDirections[i] == 0 ? step : steps - 1 - step;
        given.add(Value.of(inputs.get(i).select(inputAxes[i], at)));
      }
      List<Value> outputs = call.run(body, given);
      carried.replace(outputs.subList(0, states));
      stacks.add(outputs.subList(states, outputs.size()));
    }
    List<Value> results = new ArrayList<>(carried.values());
    for (int i = 0; i < stacks.count(); i++) {
      ValueInfo declared = bodyOutputs.get(states + i);
      boolean backwards = outputDirections[i] != 0;
      results.add(Value.of(stacks.stacked(i, declared, outputAxes[i], backwards)));
    }
    return results;
  }

  /** Version 8: a batch axis first, lengths of the sequences before the states. */
  private Tensor eachSample(Call call) {
    int batch = Math.toIntExact(call.dims(1)[0]);
    long longest = call.dims(1 + states)[1];
    long[] lengths = new long[batch];
    Arrays.fill(lengths, longest);
    if (call.has(0)) {
      lengths = call.longs(0);
    }
    List<List<Tensor>> samples = new ArrayList<>();
    for (int i = 0; i < body.outputs(); i++) {
      samples.add(new ArrayList<>());
    }
    for (int b = 0; b < batch; b++) {
      List<Value> outputs = sample(call, b, lengths[b]);
      for (int i = 0; i < outputs.size(); i++) {
        Tensor output = outputs.get(i).torch();
        samples.get(i).add(i < states ? output : filled(output, longest));
      }
    }
    List<Value> results = new ArrayList<>();
    for (List<Tensor> all : samples) {
      results.add(Value.of(torch.stack(new TensorVector(all.toArray(new Tensor[0])))));
    }
    return call.putAll(results);
  }

  private List<Value> sample(Call call, int b, long length) {
    List<Value> initial = new ArrayList<>();
    for (int i = 0; i < states; i++) {
      initial.add(Value.of(call.in(1 + i).select(0, b)));
    }
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < scanned; i++) {
      inputs.add(call.in(1 + states + i).select(0, b));
    }
    return run(call, new Carried(call, initial), inputs, length);
  }

  /** With zeros where a sequence is shorter than the longest. */
  private static Tensor filled(Tensor steps, long longest) {
    long[] pads = new long[2 * Math.toIntExact(steps.dim())];
    pads[pads.length - 1] = longest - steps.size(0);
    return pads[pads.length - 1] == 0 ? steps : torch.constant_pad_nd(steps, pads);
  }
}
