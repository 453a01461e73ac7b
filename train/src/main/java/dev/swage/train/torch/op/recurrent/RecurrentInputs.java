package dev.swage.train.torch.op.recurrent;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What a recurrent layer reads, in ONNX's layout 0 and gate order.
 *
 * @param x {@code [steps, batch, inputs]}
 * @param weight {@code [directions, gates·hidden, inputs]}
 * @param recurrent {@code [directions, gates·hidden, hidden]}
 * @param bias {@code [directions, 2·gates·hidden]}, of the input first, then of the recurrence
 * @param lengths steps of each sequence, when they differ from the whole
 * @param hidden initial state {@code [directions, batch, hidden]}
 * @param cell the same of an LSTM's cell; unused by the others
 * @param peepholes {@code [directions, 3·hidden]} of an LSTM, input, output, forget
 */
record RecurrentInputs(
    Tensor x,
    Tensor weight,
    Tensor recurrent,
    Optional<Tensor> bias,
    Optional<long[]> lengths,
    Tensor hidden,
    Tensor cell,
    Optional<Tensor> peepholes) {}
