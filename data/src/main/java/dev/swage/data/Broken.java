package dev.swage.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Files that cannot be decoded: errors when they are read, or left out and counted with {@code
 * broken=skip}, for which all are decoded once when the data is opened.
 *
 * @param whole the files that are read
 * @param skipped the others
 */
record Broken(List<String> whole, List<String> skipped) {
  private enum Treatment {
    ERROR,
    SKIP
  }

  static Broken of(Options options, List<String> files, Consumer<String> decode) {
    if (options.choice("broken", Treatment.class).orElse(Treatment.ERROR) == Treatment.ERROR) {
      return new Broken(files, List.of());
    }
    List<String> whole = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    for (String file : files) {
      try {
        decode.accept(file);
        whole.add(file);
      } catch (DataException e) {
        skipped.add(file);
      }
    }
    if (whole.isEmpty()) {
      throw new DataException(
          "%s: none of the %d files can be decoded".formatted(options.name(), files.size()));
    }
    return new Broken(whole, skipped);
  }

  /** What the name of the data says of files that are left out. */
  String note() {
    return skipped.isEmpty()
        ? ""
        : " (%d that cannot be decoded left out: %s)"
            .formatted(skipped.size(), Listing.of(skipped));
  }
}
