package dev.swage.onnx.layer;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Builds an ONNX graph layer by layer:
 *
 * <pre>{@code
 * OnnxModel net = Network.input("x", 2).dense(10).relu().dense(1).sigmoid().seed(7).build();
 * }</pre>
 *
 * <p>Shapes in this class leave out the batch axis, which comes first in every value and stays open
 * under the name {@code batch}. Layers are named by kind and count ({@code dense1}, {@code conv2},
 * {@code bn1}); a layer's weights are {@code dense1.weight}, {@code bn1.mean} and so on, its first
 * node has the layer's name and its result is {@code dense1.output}. A network is built in place
 * and is not safe for use by several threads.
 *
 * <p>A layer that does not fit its input throws an {@link IllegalArgumentException} of one line
 * that names the layer.
 */
public final class Network {
  private static final float EPSILON = 1e-5f;

  private final GraphDraft draft;
  private long seed;
  private Optional<WeightInit> init = Optional.empty();
  private String outputName = "output";

  private Network(GraphDraft draft) {
    this.draft = draft;
  }

  /** A network on float32 samples of this shape. */
  public static Network input(String name, long... sampleShape) {
    return start(name, DType.FLOAT32, sampleShape);
  }

  /** A network on int64 samples of {@code length} token numbers, to begin with an embedding. */
  public static Network tokens(String name, int length) {
    return start(name, DType.INT64, length);
  }

  private static Network start(String name, DType dtype, long... sampleShape) {
    Checks.that(!name.isEmpty(), () -> "the network's input needs a name");
    Shape shape = Shape.of(sampleShape);
    Checks.that(
        shape.elements() > 0,
        () -> "input %s: needs positive sizes, got %s".formatted(name, shape));
    return new Network(new GraphDraft(new GraphDraft.Value(name, dtype, shape)));
  }

  /** What the weights are drawn from, 0 unless set: the same seed gives the same bytes. */
  public Network seed(long newSeed) {
    this.seed = newSeed;
    return this;
  }

  /** How later layers draw their weights unless they say otherwise; He normal at first. */
  public Network init(WeightInit choice) {
    this.init = Optional.of(choice);
    return this;
  }

  /** Name of the graph's output, {@code output} unless set. */
  public Network outputName(String name) {
    this.outputName = name;
    return this;
  }

  /** Shape of a sample where the chain stands, without the batch axis. */
  public Shape shape() {
    return draft.current().shape();
  }

  /** The model with freshly drawn weights; the network can be continued and built again. */
  public OnnxModel build() {
    return draft.build("network", outputName, seed);
  }

  public Network dense(int units) {
    return dense(Dense.of(units));
  }

  /**
   * MatMul and Add on the last axis of {@code [features]} or {@code [steps, features]}. The weight
   * is {@code [inputs, units]}: the layout ONNX Runtime runs in 4 bits.
   */
  public Network dense(Dense layer) {
    String name = draft.name("dense");
    Shape in = floats(name);
    Checks.that(
        in.rank() == 1 || in.rank() == 2,
        () ->
            "%s: needs [features] or [steps, features], got %s; add flatten() before it"
                .formatted(name, in));
    long features = in.dim(-1);
    Draw draw = Draw.of(layer.init().orElse(init()), (double) features, layer.units());
    long[] out = in.toArray();
    out[out.length - 1] = layer.units();
    String weight = draft.weight(name + ".weight", Shape.of(features, layer.units()), draw);
    draft.append(name, "MatMul", Shape.of(out), weight);
    if (layer.bias()) {
      String bias = draft.weight(name + ".bias", Shape.of(layer.units()), new Draw.Constant(0));
      draft.append(name + ".add", "Add", Shape.of(out), bias);
    }
    return this;
  }

  public Network conv1d(int filters, int kernel) {
    return conv1d(Conv.of(filters, kernel));
  }

  /** Convolution of {@code [channels, length]}. */
  public Network conv1d(Conv layer) {
    Windows.conv(draft, layer, 1, init());
    return this;
  }

  public Network conv2d(int filters, int kernel) {
    return conv2d(Conv.of(filters, kernel));
  }

  /** Convolution of {@code [channels, height, width]}. */
  public Network conv2d(Conv layer) {
    Windows.conv(draft, layer, 2, init());
    return this;
  }

  /** Pool whose stride is its kernel. */
  public Network maxPool1d(int kernel) {
    return maxPool1d(Window.of(kernel).stride(kernel));
  }

  public Network maxPool1d(Window window) {
    Windows.pool(draft, "MaxPool", window, 1);
    return this;
  }

  /** Pool whose stride is its kernel. */
  public Network maxPool2d(int kernel) {
    return maxPool2d(Window.of(kernel).stride(kernel));
  }

  public Network maxPool2d(Window window) {
    Windows.pool(draft, "MaxPool", window, 2);
    return this;
  }

  /** Pool whose stride is its kernel. */
  public Network averagePool1d(int kernel) {
    return averagePool1d(Window.of(kernel).stride(kernel));
  }

  /** Padding does not count in the mean. */
  public Network averagePool1d(Window window) {
    Windows.pool(draft, "AveragePool", window, 1);
    return this;
  }

  /** Pool whose stride is its kernel. */
  public Network averagePool2d(int kernel) {
    return averagePool2d(Window.of(kernel).stride(kernel));
  }

  /** Padding does not count in the mean. */
  public Network averagePool2d(Window window) {
    Windows.pool(draft, "AveragePool", window, 2);
    return this;
  }

  /** Mean over the spatial axes: {@code [channels, …]} becomes {@code [channels]}. */
  public Network globalAveragePool() {
    String name = draft.name("globalpool");
    Shape in = floats(name);
    Checks.that(
        in.rank() >= 2, () -> "%s: needs [channels, spatial...], got %s".formatted(name, in));
    long[] ones = new long[in.rank()];
    Arrays.fill(ones, 1);
    ones[0] = in.dim(0);
    draft.append(name, "GlobalAveragePool", Shape.of(ones));
    draft.append(
        name + ".flatten",
        "Flatten",
        List.of(),
        Map.of("axis", Attribute.of(1L)),
        Shape.of(in.dim(0)));
    return this;
  }

  /**
   * {@code (x − mean)/√(variance + 1e-5)·scale + bias} per channel, the first axis; running
   * statistics keep 0.9 of their value per step.
   */
  public Network batchNorm() {
    String name = draft.name("bn");
    Shape in = floats(name);
    Checks.that(in.rank() >= 1, () -> "%s: needs [channels, ...], got %s".formatted(name, in));
    Shape perChannel = Shape.of(in.dim(0));
    draft.append(
        name,
        "BatchNormalization",
        List.of(
            draft.weight(name + ".scale", perChannel, new Draw.Constant(1)),
            draft.weight(name + ".bias", perChannel, new Draw.Constant(0)),
            draft.weight(name + ".mean", perChannel, new Draw.Constant(0)),
            draft.weight(name + ".variance", perChannel, new Draw.Constant(1))),
        Map.of("epsilon", Attribute.of(EPSILON), "momentum", Attribute.of(0.9f)),
        in);
    return this;
  }

  /** Normalises the last axis to mean 0 and variance 1, then scales and shifts it. */
  public Network layerNorm() {
    String name = draft.name("ln");
    Shape in = floats(name);
    Checks.that(in.rank() >= 1, () -> "%s: needs [..., features], got %s".formatted(name, in));
    Shape features = Shape.of(in.dim(-1));
    draft.append(
        name,
        "LayerNormalization",
        List.of(
            draft.weight(name + ".scale", features, new Draw.Constant(1)),
            draft.weight(name + ".bias", features, new Draw.Constant(0))),
        Map.of("axis", Attribute.of(-1L), "epsilon", Attribute.of(EPSILON)),
        in);
    return this;
  }

  /**
   * Looks up rows of a {@code [vocabulary, width]} table, drawn from N(0, 1/width), by token
   * number: {@code [length]} becomes {@code [length, width]}.
   */
  public Network embedding(int vocabulary, int width) {
    String name = draft.name("embedding");
    GraphDraft.Value in = draft.current();
    Checks.that(
        vocabulary > 0 && width > 0,
        () ->
            "%s: vocabulary and width must be positive, got %d and %d"
                .formatted(name, vocabulary, width));
    Checks.that(
        in.dtype() == DType.INT64,
        () ->
            "%s: needs token numbers (INT64), got %s; begin with Network.tokens"
                .formatted(name, in.dtype()));
    long[] out = Arrays.copyOf(in.shape().toArray(), in.shape().rank() + 1);
    out[out.length - 1] = width;
    Draw draw = new Draw.Normal(1 / Math.sqrt(width));
    String table = draft.weight(name + ".weight", Shape.of(vocabulary, width), draw);
    draft.gather(name, table, Shape.of(out));
    return this;
  }

  /**
   * Recurrent layers after this one begin with states that are inputs of the graph, {@code
   * lstm1.initial_h} and {@code lstm1.initial_c} of shape {@code [1, batch, hidden]}, and give
   * their last states as outputs {@code lstm1.final_h}, {@code lstm1.final_c}: the model can read a
   * sequence piece by piece. The number of steps is left open. See {@link
   * dev.swage.onnx.CarriedStates}.
   */
  public Network carryStates() {
    draft.carryStates();
    return this;
  }

  /** A tanh layer that gives the state after every step: {@code [steps, hidden]}. */
  public Network rnn(int hidden) {
    return recurrent(Recurrent.rnn(hidden));
  }

  /** A layer that gives the state after every step: {@code [steps, hidden]}. */
  public Network lstm(int hidden) {
    return recurrent(Recurrent.lstm(hidden));
  }

  /** A layer that gives the state after every step: {@code [steps, hidden]}. */
  public Network gru(int hidden) {
    return recurrent(Recurrent.gru(hidden));
  }

  /**
   * ONNX's RNN, LSTM or GRU on {@code [steps, features]}, steps and batch exchanged before and
   * after it. Weights are {@code lstm1.weight}, {@code lstm1.recurrent} and {@code lstm1.bias}.
   */
  public Network recurrent(Recurrent layer) {
    Recurrences.append(draft, layer, init.orElse(WeightInit.GLOROT_UNIFORM));
    return this;
  }

  /** One axis of all elements. */
  public Network flatten() {
    String name = draft.name("flatten");
    Shape out = Shape.of(floats(name).elements());
    draft.append(name, "Flatten", List.of(), Map.of("axis", Attribute.of(1L)), out);
    return this;
  }

  public Network reshape(long... sampleShape) {
    String name = draft.name("reshape");
    Shape in = floats(name);
    Shape out = Shape.of(sampleShape);
    Checks.that(
        in.elements() == out.elements() && out.elements() > 0,
        () ->
            "%s: %s holds %d elements, %s needs %d"
                .formatted(name, in, in.elements(), out, out.elements()));
    long[] target = new long[sampleShape.length + 1]; // 0 keeps the batch size
    System.arraycopy(sampleShape, 0, target, 1, sampleShape.length);
    Tensor constant = Tensor.ofLongs(Shape.of(target.length), target);
    draft.append(name, "Reshape", out, draft.constant(name + ".shape", constant));
    return this;
  }

  /** Reorders the axes of a sample: axis i of the result is axis {@code axes[i]} of the input. */
  public Network transpose(int... axes) {
    String name = draft.name("transpose");
    Shape in = floats(name);
    int[] sorted = axes.clone();
    Arrays.sort(sorted);
    long[] perm = new long[axes.length + 1];
    long[] out = new long[axes.length];
    boolean permutation = axes.length == in.rank();
    for (int i = 0; i < axes.length && permutation; i++) {
      permutation = sorted[i] == i;
    }
    Checks.that(
        permutation,
        () ->
            "%s: axes must be a permutation of the %d axes of %s, got %s"
                .formatted(name, in.rank(), in, Arrays.toString(axes)));
    for (int i = 0; i < axes.length; i++) {
      perm[i + 1] = axes[i] + 1L;
      out[i] = in.dim(axes[i]);
    }
    draft.append(name, "Transpose", List.of(), Map.of("perm", Attribute.ints(perm)), Shape.of(out));
    return this;
  }

  /** Zeroes elements with this probability while training and scales the others by 1/(1−p). */
  public Network dropout(double probability) {
    String name = draft.name("dropout");
    Shape in = floats(name);
    Checks.that(
        probability >= 0 && probability < 1,
        () -> "%s: probability must be in [0, 1), got %s".formatted(name, probability));
    Tensor ratio = Tensor.ofFloats(Shape.of(), (float) probability);
    draft.append(name, "Dropout", in, draft.constant(name + ".ratio", ratio));
    return this;
  }

  public Network relu() {
    return activation("relu", "Relu", Map.of());
  }

  /** {@code x} where positive, else {@code slope·x}. */
  public Network leakyRelu(float slope) {
    return activation("leakyrelu", "LeakyRelu", Map.of("alpha", Attribute.of(slope)));
  }

  /** {@code x} where positive, else {@code exp(x) − 1}. */
  public Network elu() {
    return activation("elu", "Elu", Map.of("alpha", Attribute.of(1f)));
  }

  /** {@code x·Φ(x)}, exact. */
  public Network gelu() {
    return activation("gelu", "Gelu", Map.of());
  }

  public Network tanh() {
    return activation("tanh", "Tanh", Map.of());
  }

  public Network sigmoid() {
    return activation("sigmoid", "Sigmoid", Map.of());
  }

  /** {@code x·sigmoid(x)}, also known as swish. */
  public Network silu() {
    String name = draft.name("silu");
    Shape in = floats(name);
    String x = draft.current().name();
    draft.append(name, "Sigmoid", in);
    draft.append(name + ".mul", "Mul", in, x);
    return this;
  }

  /** {@code x·clamp(x/6 + ½, 0, 1)}. */
  public Network hardSwish() {
    return activation("hardswish", "HardSwish", Map.of());
  }

  /** {@code ln(1 + exp(x))}. */
  public Network softplus() {
    return activation("softplus", "Softplus", Map.of());
  }

  /** Over the last axis. */
  public Network softmax() {
    return activation("softmax", "Softmax", Map.of("axis", Attribute.of(-1L)));
  }

  /** Over the last axis. */
  public Network logSoftmax() {
    return activation("logsoftmax", "LogSoftmax", Map.of("axis", Attribute.of(-1L)));
  }

  /** Adds the current value to what {@code body} makes of it: {@code y = x + body(x)}. */
  public Network residual(Consumer<Network> body) {
    return residual(body, shortcut -> {});
  }

  /** {@code y = shortcut(x) + body(x)}, for bodies that change the shape. */
  public Network residual(Consumer<Network> body, Consumer<Network> shortcut) {
    String name = draft.name("residual");
    floats(name);
    GraphDraft.Value start = draft.current();
    body.accept(this);
    GraphDraft.Value left = draft.current();
    draft.continueFrom(start);
    shortcut.accept(this);
    GraphDraft.Value right = draft.current();
    Checks.that(
        left.shape().equals(right.shape()),
        () ->
            "%s: the body gives %s, the shortcut %s; give both the same shape"
                .formatted(name, left.shape(), right.shape()));
    draft.append(name, "Add", left.shape(), left.name());
    return this;
  }

  private WeightInit init() {
    return init.orElse(WeightInit.HE_NORMAL);
  }

  private Network activation(String kind, String opType, Map<String, Attribute> attributes) {
    String name = draft.name(kind);
    draft.append(name, opType, List.of(), attributes, floats(name));
    return this;
  }

  private Shape floats(String layer) {
    return Checks.floats(layer, draft.current());
  }
}
