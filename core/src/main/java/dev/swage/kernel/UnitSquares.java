package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Σ x² of every unit of a gradient and of its parameter, both read once and in the same pass.
 *
 * <p>A unit's runs of consecutive elements are cut into pieces of at most 32,768 elements; a piece
 * is summed as a block in {@link Reductions}, and the pieces are added in order. Where runs are
 * single elements, squares are added in order of the rows. The bits do not depend on the number of
 * threads or on vectors.
 *
 * @param gradient a sum for each unit, of the gradient after its edit
 * @param parameter likewise of the parameter
 */
@SuppressWarnings("ArrayRecordComponent") // a result that is read, not compared
public record UnitSquares(double[] gradient, double[] parameter) {
  /** Elements one task is worth starting for. */
  private static final long TASK = 1 << 17;

  /** Neighbouring columns that are summed together: 4 KiB of each row, a page. */
  private static final int STRIPE = 1024;

  private static final boolean VECTORS = Simd.available() && VectorReductions.supported();

  /**
   * A parameter cut into units: element e belongs to unit {@code ⌊e / inner⌋ mod units}.
   *
   * @param edit what is done to the gradient before it is measured
   */
  public record Source(
      MemorySegment gradient, GradientEdit edit, MemorySegment parameter, int units, long inner) {
    public Source {
      if (gradient.byteSize() != parameter.byteSize()) {
        throw new IllegalArgumentException(
            "gradient has %d bytes, its parameter has %d"
                .formatted(gradient.byteSize(), parameter.byteSize()));
      }
      long period = Math.multiplyExact(units, inner) * Float.BYTES;
      if (period < 1 || gradient.byteSize() % period != 0) {
        throw new IllegalArgumentException(
            "%d bytes cannot be cut into %d units with %d elements in a row"
                .formatted(gradient.byteSize(), units, inner));
      }
    }

    private long outer() {
      return gradient.byteSize() / Float.BYTES / units / inner;
    }
  }

  private record Task(Source source, UnitSquares sums, int from, int to) {}

  /** The sums of every source. */
  public static List<UnitSquares> of(List<Source> sources) {
    List<UnitSquares> all = new ArrayList<>();
    List<Task> tasks = new ArrayList<>();
    for (Source source : sources) {
      UnitSquares sums = new UnitSquares(new double[source.units()], new double[source.units()]);
      all.add(sums);
      int step = unitsPerTask(source);
      for (int from = 0; from < source.units(); from += step) {
        tasks.add(new Task(source, sums, from, Math.min(source.units(), from + step)));
      }
    }
    if (Chunks.of(sources.stream().map(Source::gradient).toList()).shared()) {
      Parallel.forEach(tasks.size(), i -> run(tasks.get(i)));
    } else {
      tasks.forEach(UnitSquares::run);
    }
    return all;
  }

  private static int unitsPerTask(Source source) {
    long each = Math.max(1, source.outer() * source.inner());
    long units = Math.max(1, TASK / each);
    return (int) Math.min(source.units(), source.inner() == 1 ? Math.max(STRIPE, units) : units);
  }

  private static void run(Task task) {
    Source source = task.source();
    for (long row = 0; row < source.outer(); row++) {
      if (source.inner() == 1) {
        columns(source.gradient(), source.edit(), task, row, task.sums().gradient());
        columns(source.parameter(), GradientEdit.NONE, task, row, task.sums().parameter());
      } else {
        runs(task, row);
      }
    }
  }

  private static void columns(
      MemorySegment tensor, GradientEdit edit, Task task, long row, double[] sums) {
    for (int from = task.from(); from < task.to(); from += Reductions.BLOCK) {
      int count = Math.min(Reductions.BLOCK, task.to() - from);
      MemorySegment x = Scratch.edited(tensor, edit, row * task.source().units() + from, count);
      if (VECTORS) {
        VectorUnits.addSquares(x, count, sums, from);
      } else {
        ScalarUnits.addSquares(x, count, sums, from);
      }
    }
  }

  /** As many units at once as a block holds, or a unit in pieces of a block. */
  private static void runs(Task task, long row) {
    Source source = task.source();
    int atOnce = (int) Math.max(1, Reductions.BLOCK / source.inner());
    for (int unit = task.from(); unit < task.to(); unit += atOnce) {
      int units = Math.min(atOnce, task.to() - unit);
      long first = (row * source.units() + unit) * source.inner();
      for (long done = 0; done < source.inner(); done += Reductions.BLOCK) {
        int length = (int) Math.min(Reductions.BLOCK, source.inner() - done);
        addRuns(source, first + done, new UnitRuns(unit, units, length), task.sums());
      }
    }
  }

  private static void addRuns(Source source, long first, UnitRuns runs, UnitSquares sums) {
    int count = runs.count() * runs.length();
    MemorySegment g = Scratch.edited(source.gradient(), source.edit(), first, count);
    MemorySegment p = Scratch.edited(source.parameter(), GradientEdit.NONE, first, count);
    if (VECTORS) {
      VectorUnits.addSquares(g, p, runs, sums);
    } else {
      ScalarUnits.addSquares(g, p, runs, sums);
    }
  }
}
