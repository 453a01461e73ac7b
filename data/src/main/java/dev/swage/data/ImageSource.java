package dev.swage.data;

import dev.swage.data.ImageRows.Frame;
import dev.swage.data.ImageRows.Size;
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
 * names. With the keys {@code label} or {@code labels}, and in zip files, pictures may lie
 * anywhere. Samples are {@code [3, height, width]} in red, green, blue, or {@code [1, height,
 * width]} with {@code gray=true}; all have the size of {@code resize=WxH}, else of the first
 * picture, and {@code crop=WxH} is a part of that.
 */
final class ImageSource {
  private static final Pattern KIND = Pattern.compile(".*\\.(png|jpe?g|bmp|gif)");
  private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,4})x([1-9][0-9]{0,4})");

  private ImageSource() {}

  static DataSource open(Path place, Options options, Optional<DataSchema> model) {
    try {
      NamedFiles files = NamedFiles.open(place);
      try {
        return open(files, place, options, model);
      } catch (RuntimeException e) {
        files.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileBytes.unreadable(place, e);
    }
  }

  private static DataSource open(
      NamedFiles files, Path place, Options options, Optional<DataSchema> model)
      throws IOException {
    boolean named = options.text("label").isPresent() || options.text("labels").isPresent();
    boolean folders = Files.isDirectory(place) && !named;
    List<String> all =
        folders ? inClassFolders(place) : files.names(name -> isPicture(Path.of(name)));
    if (all.isEmpty()) {
      throw new DataException(
          "%s: %s holds no %s"
              .formatted(
                  options.name(),
                  place,
                  folders
                      ? "folder with PNG, JPEG, BMP or GIF pictures, expected one per class"
                      : "PNG, JPEG, BMP or GIF pictures"));
    }
    Broken broken = Broken.of(options, all, name -> ImageRows.decode(files, name));
    FileLabels labels =
        folders
            ? ofFolders(place, broken.whole(), options, model)
            : FileLabels.of(place, broken.whole(), options, model);
    Frame frame = frame(files, labels.paths().getFirst(), options);
    Augmentation augmentation = Augmentation.of(options);
    int[] rows = NamedPartition.rows(labels.paths(), options);
    Rows pictures =
        new ImageRows(
            files, labels.paths(), frame, Scaling.of(options, 255, frame.shape()), augmentation);
    int[] training = NamedPartition.training(labels.paths(), options);
    MemorySource source =
        new MemorySource(options.name() + broken.note(), pictures, labels.targets())
            .withSchema(labels.schema(ChannelFit.of(pictures, training, options, model)));
    return options.split().isEmpty() ? source : new Selection(source.name(), source, rows);
  }

  /** Pictures in the folders of a folder, one folder after the other. */
  private static List<String> inClassFolders(Path place) {
    List<String> names = new ArrayList<>();
    for (Path folder : list(place, Files::isDirectory)) {
      for (Path picture : list(folder, ImageSource::isPicture)) {
        names.add(folder.getFileName() + "/" + picture.getFileName());
      }
    }
    return names;
  }

  /** Folders without pictures are classes too. */
  private static FileLabels ofFolders(
      Path place, List<String> paths, Options options, Optional<DataSchema> model) {
    List<String> known = model.map(DataSchema::classNames).orElse(List.of());
    List<String> classes =
        known.isEmpty()
            ? list(place, Files::isDirectory).stream()
                .map(folder -> folder.getFileName().toString())
                .toList()
            : known;
    FileLabels.requireNoTable(options);
    int[] labels = new int[paths.size()];
    for (int i = 0; i < labels.length; i++) {
      String name = paths.get(i).substring(0, paths.get(i).lastIndexOf('/'));
      labels[i] = classes.indexOf(name);
      if (labels[i] < 0) {
        throw new DataException(
            "%s: the folder '%s' is none of the classes the model knows: %s; rename it or move it away"
                .formatted(place, name, Listing.of(known)));
      }
    }
    return new FileLabels(paths, new Targets.Classes(labels, classes), Optional.empty());
  }

  private static Frame frame(NamedFiles files, String first, Options options) {
    int channels = options.flag("gray", false) ? 1 : 3;
    Optional<Size> resize = size("resize", options);
    Optional<Size> crop = size("crop", options);
    if (resize.isPresent() && crop.isPresent() && !holds(resize.get(), crop.get())) {
      throw options.wrong("crop", "at most the size of resize");
    }
    Size size = crop.or(() -> resize).orElseGet(() -> size(ImageRows.decode(files, first)));
    return new Frame(Shape.of(channels, size.height(), size.width()), resize, crop.isPresent());
  }

  private static boolean holds(Size whole, Size part) {
    return part.width() <= whole.width() && part.height() <= whole.height();
  }

  private static Size size(Picture picture) {
    return new Size(picture.width(), picture.height());
  }

  private static Optional<Size> size(String key, Options options) {
    Optional<String> text = options.text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher matcher = SIZE.matcher(text.get());
    if (!matcher.matches()) {
      throw options.wrong(key, "WIDTHxHEIGHT in pixels, such as 224x224");
    }
    return Optional.of(
        new Size(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))));
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
