package dev.swage.train.torch.lib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.layer.Network;
import dev.swage.train.torch.TorchSession;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class TorchRuntimeTest {
  @Test
  void libtorch_loads_and_says_which_and_how() {
    assertThat(TorchRuntime.failure()).isEmpty();
    assertThat(TorchRuntime.isAvailable()).isTrue();
    assertThat(TorchRuntime.describe())
        .startsWith("libtorch 2.10.0 on CPU, " + TorchRuntime.threads() + " threads, tun");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void tuning_reaches_the_c_library_and_can_be_switched_off() {
    assertThat(NativeTuning.apply())
        .matches(
            "tuned: GOMP_SPINCOUNT=.*, OPENBLAS_THREAD_TIMEOUT=.*, malloc keeps freed memory and grows by 256 MB");
    String before = System.getProperty(NativeTuning.PROPERTY, "on");
    try {
      System.setProperty(NativeTuning.PROPERTY, "off");
      assertThat(NativeTuning.apply()).isEqualTo("tuning off (-Dswage.tuning=off)");
    } finally {
      System.setProperty(NativeTuning.PROPERTY, before);
    }
  }

  @Test
  void threads_can_be_set_and_not_to_zero() {
    int before = TorchRuntime.threads();
    try {
      TorchRuntime.setThreads(1);
      assertThat(TorchRuntime.threads()).isEqualTo(1);
      assertThat(NativeTuning.blasThreads()).hasValue(1);
    } finally {
      TorchRuntime.setThreads(before);
    }
    assertThatThrownBy(() -> TorchRuntime.setThreads(0))
        .hasMessage("threads must be at least 1, got 0");
  }

  @Test
  void a_virtual_thread_is_refused() {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<TorchSession> session =
          threads.submit(() ->
              TorchSession.open(
                  Network.input("x", 2).dense(1).build(), TorchSession.Head.OUTPUT, 0));
      assertThatThrownBy(session::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .hasMessage(
              "libtorch keeps its modes per thread: call it on a platform thread, not a virtual"
                  + " one");
    }
  }
}
