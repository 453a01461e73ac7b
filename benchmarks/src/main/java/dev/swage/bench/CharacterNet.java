package dev.swage.bench;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;

/** A character model with one LSTM layer, in our layer language. */
final class CharacterNet {
  static final int WIDTH = 64;
  static final int HIDDEN = 256;

  private CharacterNet() {}

  static OnnxModel build() {
    return Network.tokens("characters", CharacterSamples.STEPS)
        .seed(1)
        .embedding(CharacterSamples.VOCABULARY, WIDTH)
        .lstm(HIDDEN)
        .dense(CharacterSamples.VOCABULARY)
        .build();
  }
}
