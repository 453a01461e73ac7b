package dev.swage.train.torch.op.recurrent;

import org.bytedeco.pytorch.Tensor;

/**
 * What a recurrent layer gives, in ONNX's layout 0.
 *
 * @param sequence {@code [steps, directions, batch, hidden]}
 * @param hidden last state {@code [directions, batch, hidden]}
 * @param cell the same of an LSTM's cell; of the others the last state again
 */
record RecurrentOutputs(Tensor sequence, Tensor hidden, Tensor cell) {}
