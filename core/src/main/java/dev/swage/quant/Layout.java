package dev.swage.quant;

import dev.swage.kernel.Block;
import dev.swage.tensor.Shape;
import java.util.function.Consumer;

/**
 * Where the elements of a scale lie in a row-major tensor: cuts any range of elements into the
 * {@link Block}s that kernels work on.
 */
sealed interface Layout {
  /** Number of elements. */
  long elements();

  /** Number of scales. */
  int slots();

  /**
   * Elements in a slab: the tensor is a sequence of slabs that share no scale with each other. It
   * is one slab where scales are spread over all of it.
   */
  long slab();

  /** The first scale of the slab that starts at an element; the number of scales at the end. */
  int slotAt(long element);

  /** Where the elements of a scale lie. */
  SlotElements elementsOf(int slot);

  /** Passes the elements from … to−1 in order, as blocks. */
  void visit(long from, long to, Consumer<Block> blocks);

  static Layout of(Shape shape, Granularity granularity) {
    int slots = Math.toIntExact(granularity.paramShape(shape).elements());
    return switch (granularity) {
      case Granularity.PerTensor() -> new Runs(shape.elements(), shape.elements(), 1);
      case Granularity.PerChannel(int axis) -> {
        long length = shape.inner(axis);
        long rows = Math.max(1, shape.outer(axis));
        yield length == 1
            ? new Columns(shape.elements(), slots, rows, rows, slots)
            : new Runs(shape.elements(), length, slots);
      }
      case Granularity.PerGroup(int axis, int size) -> {
        long depth = shape.dim(axis);
        yield shape.inner(axis) == 1
            ? new Groups(shape.elements(), depth, size, slots)
            : new Columns(shape.elements(), shape.inner(axis), size, depth, slots);
      }
    };
  }

  /** Runs of {@code length} elements; run k uses scale k mod {@code slots}. */
  record Runs(long elements, long length, int slots) implements Layout {
    @Override
    public long slab() {
      return length * slots == elements ? length : elements;
    }

    @Override
    public int slotAt(long element) {
      return element == elements ? slots : (int) (element / length % slots);
    }

    @Override
    public SlotElements elementsOf(int slot) {
      return new SlotElements(slot * length, elements / slots, length, slots * length);
    }

    @Override
    public void visit(long from, long to, Consumer<Block> blocks) {
      long at = from;
      while (at < to) {
        long inRun = at % length;
        int slot = (int) (at / length % slots);
        long whole = Math.min((to - at) / length, slots - slot);
        if (inRun == 0 && whole > 0) {
          blocks.accept(Block.ofRows(at, whole, length, slot));
          at += whole * length;
        } else {
          long part = Math.min(to - at, length - inRun);
          blocks.accept(Block.ofRows(at, 1, part, slot));
          at += part;
        }
      }
    }
  }

  /** Rows of {@code row} elements in groups of {@code size}, the last of a row may be short. */
  record Groups(long elements, long row, int size, int slots) implements Layout {
    @Override
    public long slab() {
      return row % size == 0 ? size : row;
    }

    @Override
    public int slotAt(long element) {
      return element == elements ? slots : slot(element);
    }

    private int slot(long element) {
      return (int) (element / row * Math.ceilDiv(row, (long) size) + element % row / size);
    }

    @Override
    public SlotElements elementsOf(int slot) {
      long groups = Math.ceilDiv(row, (long) size);
      long inRow = slot % groups * size;
      long count = Math.min(size, row - inRow);
      return new SlotElements(slot / groups * row + inRow, count, count, count);
    }

    @Override
    public void visit(long from, long to, Consumer<Block> blocks) {
      long at = from;
      while (at < to) {
        long inGroup = at % row % size;
        long rowLeft = row % size == 0 ? to - at : Math.min(to - at, row - at % row);
        long whole = rowLeft / size;
        if (inGroup == 0 && whole > 0) {
          blocks.accept(Block.ofRows(at, whole, size, slot(at)));
          at += whole * size;
        } else {
          long part = Math.min(rowLeft, size - inGroup);
          blocks.accept(Block.ofRows(at, 1, part, slot(at)));
          at += part;
        }
      }
    }
  }

  /**
   * Rows of {@code width} elements with a scale for each column; every {@code group} rows the
   * scales change, and every {@code depth} rows, where a group may be short.
   */
  record Columns(long elements, long width, long group, long depth, int slots) implements Layout {
    @Override
    public long slab() {
      return width * (depth % group == 0 ? group : depth);
    }

    @Override
    public int slotAt(long element) {
      return element == elements ? slots : slotOfRow(element / width);
    }

    private int slotOfRow(long row) {
      long groups = Math.ceilDiv(depth, group);
      return (int) ((row / depth * groups + row % depth / group) * width);
    }

    @Override
    public SlotElements elementsOf(int slot) {
      long groups = Math.ceilDiv(depth, group);
      long groupRow = slot / width;
      long inDepth = groupRow % groups * group;
      long start = (groupRow / groups * depth + inDepth) * width + slot % width;
      return new SlotElements(start, Math.min(group, depth - inDepth), 1, width);
    }

    @Override
    public void visit(long from, long to, Consumer<Block> blocks) {
      long at = from;
      while (at < to) {
        long row = at / width;
        long column = at % width;
        int slot = slotOfRow(row);
        long inDepth = row % depth;
        long groupEnd = Math.min((inDepth / group + 1) * group, depth);
        long whole = Math.min((to - at) / width, groupEnd - inDepth);
        if (column == 0 && whole > 0) {
          blocks.accept(Block.ofColumns(at, whole, width, slot));
          at += whole * width;
        } else {
          long part = Math.min(to - at, width - column);
          blocks.accept(Block.ofColumns(at, 1, part, slot + (int) column));
          at += part;
        }
      }
    }
  }
}
