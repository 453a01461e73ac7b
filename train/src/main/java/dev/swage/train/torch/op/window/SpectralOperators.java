package dev.swage.train.torch.op.window;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Fourier transforms: the last axis has real numbers, or pairs of real and imaginary parts. */
final class SpectralOperators {
  private SpectralOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("DFT", SpectralOperators::transform);
    table.put("STFT", SpectralOperators::shortTime);
    WindowFunctions.addTo(table);
  }

  /** The axis is an attribute before operator set 20, an input since. */
  private static Operator transform(NodeContext node) {
    boolean inverse = node.intAttribute("inverse", 0) != 0;
    boolean oneSided = node.intAttribute("onesided", 0) != 0;
    long attribute = node.opset() < 20 ? node.intAttribute("axis", 1) : -2;
    return call -> {
      Tensor x = call.in(0);
      long given = call.has(2) ? call.longs(2)[0] : attribute;
      long axis = (given < 0 ? given + x.dim() : given) - x.dim() + 1; // of complex numbers
      LongOptional length = call.has(1) ? new LongOptional(call.longs(1)[0]) : new LongOptional();
      StringViewOptional scaled = new StringViewOptional();
      boolean real = x.size(-1) == 1;
      if (inverse && oneSided) {
        return torch.fft_irfft(complex(x), length, axis, scaled).unsqueeze(-1);
      }
      if (oneSided && real) {
        return torch.view_as_real(torch.fft_rfft(x.squeeze(-1), length, axis, scaled));
      }
      Tensor y =
          inverse
              ? torch.fft_ifft(complex(x), length, axis, scaled)
              : torch.fft_fft(complex(x), length, axis, scaled);
      return torch.view_as_real(oneSided ? half(y, axis) : y);
    };
  }

  private static Tensor half(Tensor y, long axis) {
    return y.narrow(axis, 0, y.size(axis) / 2 + 1);
  }

  private static Tensor complex(Tensor x) {
    boolean real = x.size(-1) == 1;
    Tensor pairs = real ? torch.cat(new TensorVector(x, torch.zeros_like(x)), -1) : x;
    return torch.view_as_complex(pairs.contiguous());
  }

  /** Of pieces of the signal, {@code frame_step} apart, each times the window. */
  private static Operator shortTime(NodeContext node) {
    boolean oneSided = node.intAttribute("onesided", 1) != 0;
    return call -> {
      Tensor signal = call.in(0);
      boolean real = signal.dim() == 2 || signal.size(-1) == 1;
      Tensor samples = real ? signal.reshape(signal.size(0), -1) : complex(signal);
      Tensor frames = samples.unfold(1, frameLength(call), call.longs(1)[0]);
      Tensor windowed = call.has(2) ? frames.mul(call.in(2)) : frames;
      LongOptional length = new LongOptional();
      StringViewOptional scaled = new StringViewOptional();
      if (real && oneSided) {
        return torch.view_as_real(torch.fft_rfft(windowed, length, -1, scaled));
      }
      Tensor y = torch.fft_fft(windowed, length, -1, scaled);
      return torch.view_as_real(oneSided ? half(y, -1) : y);
    };
  }

  private static long frameLength(Call call) {
    return call.has(3) ? call.longs(3)[0] : call.dims(2)[0];
  }
}
