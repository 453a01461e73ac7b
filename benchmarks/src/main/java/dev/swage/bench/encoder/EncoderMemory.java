package dev.swage.bench.encoder;

import dev.swage.bench.Claim;
import dev.swage.bench.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Largest resident memory in MiB of processes that take some training steps, sorted. Ours reads the
 * file and trains what is in it; the other has random weights and reads nothing.
 */
record EncoderMemory(List<Double> ours, List<Double> theirs) {
  private static final int PROCESSES = 3;
  private static final int STEPS = 6;

  static EncoderMemory measure(int threads) {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      ours.add(EncoderPeer.peakMebibytes("swage", threads, STEPS));
      theirs.add(EncoderPeer.peakMebibytes("torch", threads, STEPS));
    }
    Collections.sort(ours);
    Collections.sort(theirs);
    return new EncoderMemory(ours, theirs);
  }

  String text() {
    return "peak resident memory of %d JVMs each in MiB, medians (least … most): Swage %s, libtorch %s"
        .formatted(PROCESSES, text(ours), text(theirs));
  }

  private static String text(List<Double> peaks) {
    return "%.0f (%.0f … %.0f)"
        .formatted(peaks.get(PROCESSES / 2), peaks.getFirst(), peaks.getLast());
  }

  List<Outcome.Trace> traces() {
    return List.of(
        new Outcome.Trace("peak resident MiB, Swage", ours),
        new Outcome.Trace("peak resident MiB, libtorch", theirs));
  }

  Claim claim() {
    return Claim.atMost(
        "peak memory over that of the network written on libtorch",
        ours.get(PROCESSES / 2) / theirs.get(PROCESSES / 2),
        1.3);
  }
}
