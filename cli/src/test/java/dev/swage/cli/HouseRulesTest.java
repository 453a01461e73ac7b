package dev.swage.cli;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rules of ARCHITECTURE.md, held on the built classes. */
class HouseRulesTest {
  /** Fewer classes than this means that the import went wrong and the rules hold over nothing. */
  private static final int CLASSES_FLOOR = 200;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.swage");

  private static final JavaClasses OWN =
      CLASSES.that(resideOutsideOfPackages("dev.swage.onnx.wire..", "dev.swage.testkit.."));

  @Test
  void theRulesSeeTheWholeHouse() {
    assertThat(OWN.size()).isGreaterThan(CLASSES_FLOOR);
    for (String role :
        new String[] {
          "tensor",
          "kernel",
          "clip",
          "quant",
          "files",
          "onnx",
          "graph",
          "data",
          "run",
          "train",
          "compress",
          "hybrid",
          "report",
          "cli"
        }) {
      assertThat(OWN.that(resideInAPackage("dev.swage." + role + "..")).size())
          .as("classes of dev.swage.%s", role)
          .isPositive();
    }
  }

  @Test
  void dependenciesPointOneWay() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.swage..")
        .layer("core")
        .definedBy(
            "dev.swage.tensor..",
            "dev.swage.kernel..",
            "dev.swage.clip..",
            "dev.swage.quant..",
            "dev.swage.text..")
        .layer("onnx")
        .definedBy("dev.swage.onnx..")
        .layer("data")
        .definedBy("dev.swage.data..")
        .layer("run")
        .definedBy("dev.swage.run..")
        .layer("train")
        .definedBy("dev.swage.train..")
        .layer("files")
        .definedBy("dev.swage.files..")
        .layer("graph")
        .definedBy("dev.swage.graph..")
        .layer("compress")
        .definedBy("dev.swage.compress..")
        .layer("hybrid")
        .definedBy("dev.swage.hybrid..")
        .layer("report")
        .definedBy("dev.swage.report..")
        .layer("cli")
        .definedBy("dev.swage.cli..")
        .whereLayer("onnx")
        .mayOnlyBeAccessedByLayers("graph", "data", "run", "train", "compress", "hybrid", "cli")
        .whereLayer("graph")
        .mayOnlyBeAccessedByLayers("run", "train", "compress", "hybrid", "cli")
        .whereLayer("graph")
        .mayOnlyAccessLayers("core", "onnx", "files")
        .whereLayer("data")
        .mayOnlyBeAccessedByLayers("run", "train", "compress", "hybrid", "cli")
        .whereLayer("run")
        .mayOnlyBeAccessedByLayers("compress", "hybrid", "cli")
        .whereLayer("train")
        .mayOnlyBeAccessedByLayers("hybrid", "cli")
        .whereLayer("compress")
        .mayOnlyBeAccessedByLayers("hybrid", "cli")
        .whereLayer("hybrid")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("report")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.swage.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /** The packages of compress, each of which uses those before it only. */
  private static final List<String> COMPRESS =
      List.of(
          "plan",
          "weights",
          "calibrate",
          "qdq",
          "dynamic",
          "diagnose",
          "speed",
          "search",
          "write",
          "planner",
          "probe",
          "proof");

  @Test
  void noImportInsideCompressClimbs() {
    String root = "dev.swage.compress";
    List<String> order = new ArrayList<>(COMPRESS.stream().map(p -> root + "." + p).toList());
    order.add(root);
    assertThat(OWN.that(resideInAPackage(root + "..")).stream().map(JavaClass::getPackageName))
        .as("packages of compress that have a place in the order")
        .isSubsetOf(order);
    for (int i = 0; i < order.size() - 1; i++) {
      noClasses()
          .that()
          .resideInAPackage(order.get(i))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(order.subList(i + 1, order.size()).toArray(String[]::new))
          .check(OWN);
    }
  }

  /** A facade and its options: what is more has a package of its own. */
  @Test
  void theRootOfCompressIsSmall() {
    assertThat(
            OWN.that(resideInAPackage("dev.swage.compress")).stream()
                .filter(JavaClass::isTopLevelClass))
        .hasSizeLessThanOrEqualTo(20);
  }

  @Test
  void onlyTrainTorchTouchesLibtorch() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.swage.train.torch..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(CLASSES);
  }

  @Test
  void onlyRunTouchesOnnxRuntime() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.swage.run..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.onnxruntime..")
        .check(CLASSES);
  }

  @Test
  void onlyKernelTouchesTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.swage.kernel..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector..")
        .check(CLASSES);
  }

  /** A file that is cut off while it is mapped must end nothing but the command. */
  @Test
  void nothingHandsMappedFilesToNativeCode() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.swage.run.OrtTypes")
        .should()
        .callMethodWhere(
            target(owner(resideInAPackage("ai.onnxruntime.."))).and(target(name("createTensor"))))
        .because("OrtTypes refuses memory of mapped files")
        .check(OWN);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.swage.tensor.MappedMemory")
        .should()
        .callMethod(MemorySegment.class, "mismatch", MemorySegment.class)
        .because("MappedMemory.mismatch copies what lies in a mapped file")
        .check(OWN);
  }

  @Test
  void onlyOnnxTouchesTheWire() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.swage.onnx..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.google.protobuf..", "dev.swage.onnx.wire..")
        .check(CLASSES);
  }

  @Test
  void reportsSeeOnlyRecords() {
    noClasses()
        .that()
        .resideInAPackage("dev.swage.report..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.swage.kernel..", "dev.swage.onnx..", "dev.swage.train..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandLinePrintsOrEndsTheProcess() {
    noClasses()
        .that(resideOutsideOfPackages("dev.swage.cli.."))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(CLASSES);
  }

  /** Texts that go to files must not depend on the language of the machine. */
  @Test
  void textsOfClippingAndReportsAreFormattedForNoLanguage() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.swage.clip..", "dev.swage.report..")
        .should()
        .callMethod(String.class, "formatted", Object[].class)
        .because("its figures are those of the default locale; use String.format(Locale.ROOT, …)")
        .check(OWN);
  }

  @Test
  void nothingAsksForTheLanguageByLeavingItOut() {
    noClasses()
        .should()
        .callMethod(String.class, "format", String.class, Object[].class)
        .orShould()
        .callMethod(String.class, "toLowerCase")
        .orShould()
        .callMethod(String.class, "toUpperCase")
        .check(OWN);
  }

  @Test
  void everyPackageIsNullMarked() {
    classes()
        .that()
        .haveSimpleName("package-info")
        .should()
        .beAnnotatedWith(org.jspecify.annotations.NullMarked.class)
        .check(OWN);
    assertThat(
            OWN.stream()
                .filter(type -> type.getSimpleName().equals("package-info"))
                .map(JavaClass::getPackageName))
        .as("packages that say what they are about")
        .containsAll(
            OWN.stream()
                .filter(type -> !type.getSimpleName().equals("module-info"))
                .map(JavaClass::getPackageName)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toSet()));
  }
}
