package dev.swage.data;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Files dealt to train, validation and test: by regular expressions on their paths, {@code test=}
 * and {@code validation=}, and what those leave is for training; without such keys by {@code
 * fractions}. With {@code test=} and {@code fractions}, these deal what is no test.
 */
final class NamedPartition {
  private NamedPartition() {}

  /** The samples of the part that the options ask for, all without one; in their order. */
  static int[] rows(List<String> paths, Options options) {
    return rows(paths, options, options.split());
  }

  /** The samples that a model is trained on: all where the options ask for no part. */
  static int[] training(List<String> paths, Options options) {
    return rows(paths, options, options.split().map(any -> Split.TRAIN));
  }

  private static int[] rows(List<String> paths, Options options, Optional<Split> split) {
    Optional<Predicate<String>> test = options.pattern("test").map(Pattern::asPredicate);
    Optional<Predicate<String>> validation =
        options.pattern("validation").map(Pattern::asPredicate);
    boolean dealt = options.text("fractions").isPresent();
    if (dealt && validation.isPresent()) {
      throw options.wrong("fractions", "to be absent beside validation=REGEX");
    }
    if (split.isEmpty()) {
      return IntStream.range(0, paths.size()).toArray();
    }
    int[] rows =
        test.isEmpty() && validation.isEmpty()
            ? Partition.of(paths.size(), options).rows(split.get())
            : rows(paths, split.get(), test.orElse(path -> false), validation, options);
    if (rows.length == 0) {
      throw options.wrong(
          "split", "a part with samples, there is none among %d".formatted(paths.size()));
    }
    return rows;
  }

  private static int[] rows(
      List<String> paths,
      Split split,
      Predicate<String> test,
      Optional<Predicate<String>> validation,
      Options options) {
    if (split == Split.TEST) {
      return IntStream.range(0, paths.size()).filter(i -> test.test(paths.get(i))).toArray();
    }
    int[] rest = IntStream.range(0, paths.size()).filter(i -> !test.test(paths.get(i))).toArray();
    if (options.text("fractions").isPresent()) {
      return IntStream.of(Partition.of(rest.length, options).rows(split))
          .map(i -> rest[i])
          .toArray();
    }
    Predicate<String> held = validation.orElse(path -> false);
    return IntStream.of(rest)
        .filter(i -> held.test(paths.get(i)) == (split == Split.VALIDATION))
        .toArray();
  }
}
