package dev.swage.data;

import dev.swage.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder with one folder per class, named as the class, of PNG, JPEG, BMP or GIF pictures; hidden
 * files and files of other kinds are passed over. Classes and pictures are in the order of their
 * names. Samples are {@code [3, height, width]} in red, green, blue, or {@code [1, height, width]}
 * with {@code gray=true}; all have the size of {@code resize=WxH}, else of the first picture.
 */
final class ImageSource {
  private static final Pattern KIND = Pattern.compile(".*\\.(png|jpe?g|bmp|gif)");
  private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,4})x([1-9][0-9]{0,4})");

  private ImageSource() {}

  static DataSource open(Path folder, Options options, Optional<DataSchema> model) {
    List<String> known = model.map(DataSchema::classNames).orElse(List.of());
    List<String> classes = new ArrayList<>(known);
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (Path classFolder : list(folder, Files::isDirectory)) {
      String name = classFolder.getFileName().toString();
      List<Path> pictures = list(classFolder, ImageSource::isPicture);
      int index = known.isEmpty() ? classes.size() : known.indexOf(name);
      if (index < 0 && !pictures.isEmpty()) {
        throw new DataException(
            "%s: the folder '%s' is none of the classes the model knows: %s; rename it or move it away"
                .formatted(folder, name, Listing.of(known)));
      }
      if (known.isEmpty()) {
        classes.add(name);
      }
      for (Path file : pictures) {
        files.add(file);
        labels.add(index);
      }
    }
    if (files.isEmpty()) {
      throw new DataException(
          "%s: %s holds no folder with PNG, JPEG, BMP or GIF pictures, expected one per class"
              .formatted(options.name(), folder));
    }
    boolean resize = options.text("resize").isPresent();
    Shape shape = shape(files.getFirst(), options);
    Scaling scaling = Scaling.of(options, 255, shape);
    int[] indices = labels.stream().mapToInt(Integer::intValue).toArray();
    return Partition.apply(
        new MemorySource(
                options.name(),
                new ImageRows(files, shape, resize, scaling),
                new Targets.Classes(indices, classes))
            .withSchema(DataSchema.ofClasses(classes)),
        options);
  }

  private static Shape shape(Path first, Options options) {
    int channels = options.flag("gray", false) ? 1 : 3;
    String size = options.text("resize").orElse("");
    if (size.isEmpty()) {
      Picture picture = Picture.read(first);
      return Shape.of(channels, picture.height(), picture.width());
    }
    Matcher matcher = SIZE.matcher(size);
    if (!matcher.matches()) {
      throw options.wrong("resize", "WIDTHxHEIGHT in pixels, such as 224x224");
    }
    return Shape.of(
        channels, Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(1)));
  }

  static boolean isPicture(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return KIND.matcher(name).matches();
  }

  private static List<Path> list(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .filter(wanted)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileBytes.unreadable(folder, e);
    }
  }
}
