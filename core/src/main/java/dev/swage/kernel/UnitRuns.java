package dev.swage.kernel;

/**
 * Runs of elements that lie one after another, each of another unit.
 *
 * @param unit the first run's; the others' follow it
 * @param count how many runs
 * @param length elements in each, at most a block of {@link Reductions}
 */
record UnitRuns(int unit, int count, int length) {}
