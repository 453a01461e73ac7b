package dev.swage.compress;

import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;
import java.util.Locale;

/** The codes of activations whose ranges are fixed ahead: 8 bits with a zero point. */
public enum ActivationType {
  /** 0…255: what x86 multiplies fastest. */
  UINT8(DType.UINT8),
  /** −128…127: for runtimes and processors that want both factors signed. */
  INT8(DType.INT8);

  private final DType storage;

  ActivationType(DType storage) {
    this.storage = storage;
  }

  /** The word on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  QuantScheme scheme() {
    return new QuantScheme(storage, 8, false, Granularity.perTensor());
  }
}
