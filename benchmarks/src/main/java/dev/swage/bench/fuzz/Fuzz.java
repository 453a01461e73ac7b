package dev.swage.bench.fuzz;

import dev.swage.testkit.SharedData;
import dev.swage.testkit.fuzz.FuzzRun;
import dev.swage.testkit.fuzz.FuzzTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** All readers, each with its share of inputs that were changed at random. */
final class Fuzz {
  /** Of a hundred inputs. */
  private static final int MODELS = 60;

  private static final int NATIVE_THOUSANDTHS = 20;
  private static final int PLANS = 8;

  private Fuzz() {}

  /**
   * Runs all targets.
   *
   * @param inputs of all of them together, about
   * @param folder for files
   */
  static List<FuzzRun.Result> run(int inputs, long seed, Path folder) {
    List<FuzzRun.Result> results = new ArrayList<>();
    targets(inputs, folder)
        .forEach((target, count) -> results.add(FuzzRun.of(target, Math.max(1, count), seed)));
    return results;
  }

  private static Map<FuzzTarget, Integer> targets(int inputs, Path folder) {
    List<byte[]> wrong = shared();
    List<byte[]> models = new ArrayList<>(wrong);
    // Sound models lead further than wrong ones, which are refused early.
    do {
      models.addAll(SeedModels.files());
    } while (models.size() < 3 * wrong.size());
    Map<FuzzTarget, Integer> targets = new LinkedHashMap<>();
    targets.put(new ModelTarget(models), share(inputs, 10 * MODELS));
    targets.put(new NativeTarget(models), share(inputs, NATIVE_THOUSANDTHS));
    targets.put(new PlanTarget(), share(inputs, 10 * PLANS));
    List<FuzzTarget> data = new DataTargets(folder).all();
    int left = 1000 - 10 * MODELS - NATIVE_THOUSANDTHS - 10 * PLANS;
    data.forEach(target -> targets.put(target, share(inputs, left) / data.size()));
    return targets;
  }

  private static int share(int inputs, int thousandths) {
    return (int) ((long) inputs * thousandths / 1000);
  }

  /** Wrong models that were found before, where they are at hand. */
  private static List<byte[]> shared() {
    Optional<Path> folder = SharedData.find("../cases/hostile");
    if (folder.isEmpty()) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder.get())) {
      List<byte[]> models = new ArrayList<>();
      for (Path file : files.filter(path -> path.toString().endsWith(".onnx")).sorted().toList()) {
        models.add(Files.readAllBytes(file));
      }
      return models;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
