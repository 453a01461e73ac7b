package dev.swage.data.token;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.swage.files.UnpackedLibrary;
import dev.swage.files.WorkFolder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Loads the native library of Hugging Face's tokenizers out of its jar, from the folder that all
 * processes of a user share. The loader that comes with it would ask for graphics cards, fetch
 * libraries and report its use over the network: only the native methods are used.
 */
final class TokenizerLibrary {
  private static boolean loaded;

  private TokenizerLibrary() {}

  /**
   * The native methods.
   *
   * @throws TokenizerException if there is no library for this platform, or it does not load
   */
  static synchronized TokenizersLibrary get() {
    if (!loaded) {
      load();
      loaded = true;
    }
    return TokenizersLibrary.LIB;
  }

  private static void load() {
    List<URL> libraries = new ArrayList<>();
    for (String name : names()) {
      String place = "/native/lib/%s/cpu/%s".formatted(platform(), name);
      URL found = TokenizersLibrary.class.getResource(place);
      if (found == null) {
        throw new TokenizerException(
            "there is no tokenizer library for %s %s"
                .formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
      }
      libraries.add(found);
    }
    try {
      Optional<Path> shared = UnpackedLibrary.of("tokenizers", libraries);
      load(shared.isPresent() ? shared.get() : unpacked(libraries));
    } catch (IOException | UnsatisfiedLinkError e) {
      throw new TokenizerException("the tokenizer library cannot be loaded: " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("restricted")
  private static void load(Path folder) {
    names().forEach(name -> System.load(folder.resolve(name).toAbsolutePath().toString()));
  }

  /** A folder of this process's own; it goes with it. */
  @SuppressWarnings("resource") // until the process ends
  private static Path unpacked(List<URL> libraries) throws IOException {
    Path folder = WorkFolder.temporary().path();
    for (URL library : libraries) {
      String path = library.getPath();
      try (InputStream in = library.openStream()) {
        Files.copy(in, folder.resolve(path.substring(path.lastIndexOf('/') + 1)));
      }
    }
    return folder;
  }

  /** In the order in which they need each other. */
  private static List<String> names() {
    String own = System.mapLibraryName("tokenizers");
    return system().equals("win")
        ? List.of("libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll", own)
        : List.of(own);
  }

  private static String platform() {
    String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return system() + "-" + (processor.equals("amd64") ? "x86_64" : processor);
  }

  private static String system() {
    String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    return name.contains("mac") ? "osx" : name.contains("win") ? "win" : "linux";
  }
}
