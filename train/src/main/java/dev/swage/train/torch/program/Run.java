package dev.swage.train.torch.program;

import java.util.ArrayList;
import java.util.List;

/** What all graphs of one run share: the mode, random masks, and what autograd leaves to us. */
public final class Run {
  private final boolean training;
  private final Dropout dropout;
  private final List<Runnable> deferred = new ArrayList<>();

  /**
   * @param training whether layers behave as in training, and gradients are wanted
   */
  public Run(boolean training, Dropout dropout) {
    this.training = training;
    this.dropout = dropout;
  }

  boolean training() {
    return training;
  }

  Dropout dropout() {
    return dropout;
  }

  /** See {@link Call#deferBackward}. */
  void deferBackward(Runnable part) {
    deferred.add(part);
  }

  /** The parts of the backward pass that autograd leaves to us, in the order they are to run. */
  public List<Runnable> deferredBackward() {
    return deferred.reversed();
  }
}
