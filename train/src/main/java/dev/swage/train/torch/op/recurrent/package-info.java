/** Recurrent layers: RNN, GRU and LSTM. */
@NullMarked
package dev.swage.train.torch.op.recurrent;

import org.jspecify.annotations.NullMarked;
