package dev.swage.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A peer in a process of its own, which works only while it is asked to: it reads a command a line,
 * and answers with a line that begins with a known word. Other lines are its chatter.
 */
public final class PeerProcess implements AutoCloseable {
  private final String name;
  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;

  /**
   * Starts the process; what it prints on standard error is shown.
   *
   * @param name of the peer, for errors
   */
  public PeerProcess(String name, ProcessBuilder builder) throws IOException {
    this.name = name;
    this.process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Sends a command and returns the rest of the line that answers it. */
  public String ask(String command, String word) {
    try {
      commands.write(command + "\n");
      commands.flush();
      return answer(word);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " does not answer", e);
    }
  }

  /** The rest of the next line that begins with this word. */
  public String answer(String word) throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(word + " ")) {
        return line.substring(word.length() + 1);
      }
    }
    throw new IllegalStateException(name + " ended before it answered: " + word);
  }

  @Override
  public void close() throws IOException {
    commands.close();
    process.destroy();
  }
}
