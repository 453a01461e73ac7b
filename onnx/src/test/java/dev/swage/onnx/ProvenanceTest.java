package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.layer.Network;
import org.junit.jupiter.api.Test;

class ProvenanceTest {
  private static final String HASH =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // of "abc", FIPS 180-2

  private static OnnxModel model() {
    return Network.input("x", 2).dense(1).build();
  }

  @Test
  void provenanceSurvivesTheFile() {
    Provenance provenance =
        Provenance.of("0.1.0")
            .withRecipe("layers:\n  - dense: 1\n")
            .withSeed(7)
            .withData("idx:mnist", HASH)
            .withSource("net.onnx", HASH);
    byte[] bytes = OnnxWriter.toBytes(provenance.applyTo(model()));
    OnnxModel read = OnnxReader.parse(bytes, "memory");
    assertThat(Provenance.from(read)).contains(provenance);
    assertThat(read.metadata())
        .containsEntry("swage.version", "0.1.0")
        .containsEntry("swage.seed", "7")
        .containsEntry("swage.data", "idx:mnist")
        .containsEntry("swage.data.sha256", HASH)
        .containsEntry("swage.source.sha256", HASH)
        .containsKeys("swage.recipe", "swage.recipe.sha256");
  }

  @Test
  void hashesAreSha256() {
    assertThat(Provenance.Hashed.ofText("abc").sha256()).isEqualTo(HASH);
  }

  @Test
  void modelsOfOthersHaveNone() {
    assertThat(Provenance.from(model())).isEmpty();
    assertThat(Provenance.from(Provenance.of("1").applyTo(model()))).contains(Provenance.of("1"));
  }

  @Test
  void forgedEntriesAreNamed() {
    OnnxModel made = Provenance.of("1").withRecipe("a").applyTo(model());
    assertThatThrownBy(() -> Provenance.from(made.withMetadata("swage.recipe", "b")))
        .isInstanceOf(OnnxException.class)
        .hasMessageStartingWith(
            "metadata swage.recipe.sha256: the recipe was changed, its hash is not ");
    assertThatThrownBy(() -> Provenance.from(made.withMetadata("swage.seed", "seven")))
        .hasMessage("metadata swage.seed must be a whole number, got 'seven'");
    assertThatThrownBy(() -> Provenance.from(made.withMetadata("swage.data", "x")))
        .hasMessage(
            "metadata swage.data.sha256: sha256 must be 64 lower-case hexadecimal digits, got ''");
  }
}
