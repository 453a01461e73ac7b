package dev.swage.train.torch;

import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A test of ONNX's suite: a model, inputs and the outputs they must give. */
record ConformanceCase(String kind, String name, List<String> operators) {
  private static final Set<String> KINDS =
      Set.of("node", "simple", "pytorch-converted", "pytorch-operator", "light");

  enum Status {
    PASS,
    FAIL,
    NOT_SUPPORTED
  }

  record Result(ConformanceCase test, Status status, String reason) {
    /** With the reason that people gave, where it does not pass. */
    Result because(String given) {
      return status == Status.PASS ? this : new Result(test, status, given);
    }

    String line() {
      String operators = String.join(",", test.operators());
      return String.join("\t", test.kind(), test.name(), operators, status.name(), reason);
    }
  }

  /** Of a line of the suite's index; empty for what ONNX Runtime does not pass. */
  static Optional<ConformanceCase> of(String line) {
    String[] columns = line.split("\t", -1);
    boolean wanted = columns.length >= 5 && KINDS.contains(columns[0]) && columns[4].equals("pass");
    return wanted
        ? Optional.of(
            new ConformanceCase(columns[0], columns[1], List.of(columns[3].split("[, ]+"))))
        : Optional.empty();
  }

  private String folder() {
    return "onnx-backend/" + kind + "/" + name + "/";
  }

  Result run(ZipFile zip, Path temp) {
    try {
      OnnxModel model = OnnxReader.read(extract(zip, temp, folder() + "model.onnx"));
      List<Tensor> inputs = tensors(zip, temp, "input_");
      List<Tensor> expected = tensors(zip, temp, "output_");
      Optional<String> difference = difference(model, inputs, expected);
      return new Result(
          this, difference.isEmpty() ? Status.PASS : Status.FAIL, difference.orElse(""));
    } catch (OnnxException e) {
      String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
      boolean unknown = message.contains("cannot be run here") || message.contains("not supported");
      return new Result(this, unknown ? Status.NOT_SUPPORTED : Status.FAIL, message);
    } catch (RuntimeException | IOException e) {
      return new Result(this, Status.FAIL, String.valueOf(e).replaceAll("\\s+", " "));
    }
  }

  private static Optional<String> difference(
      OnnxModel model, List<Tensor> inputs, List<Tensor> expected) {
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      List<Tensor> outputs = session.outputs(inputs);
      if (outputs.size() != expected.size()) {
        return Optional.of("%d outputs, got %d".formatted(expected.size(), outputs.size()));
      }
      for (int i = 0; i < outputs.size(); i++) {
        Optional<String> difference = TensorDifference.of(expected.get(i), outputs.get(i));
        if (difference.isPresent()) {
          return Optional.of("output %d: %s".formatted(i, difference.get()));
        }
      }
      return Optional.empty();
    }
  }

  private List<Tensor> tensors(ZipFile zip, Path temp, String prefix) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    String begin = folder() + "test_data_set_0/" + prefix;
    while (zip.getEntry(begin + tensors.size() + ".pb") != null) {
      tensors.add(OnnxReader.readTensor(extract(zip, temp, begin + tensors.size() + ".pb")));
    }
    return tensors;
  }

  private static Path extract(ZipFile zip, Path temp, String name) throws IOException {
    Path file = temp.resolve(Integer.toHexString(name.hashCode()) + Path.of(name).getFileName());
    ZipEntry entry = java.util.Objects.requireNonNull(zip.getEntry(name), name);
    try (InputStream in = zip.getInputStream(entry)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }
}
