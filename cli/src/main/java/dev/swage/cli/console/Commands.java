package dev.swage.cli.console;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What every command does at its start. */
public final class Commands {
  private Commands() {}

  public static Console console(CommandSpec spec, CommonOptions common) {
    CommandLine command = spec.commandLine();
    Console console = new Console(command.getOut(), command.getErr(), common.quiet());
    return common.json().filter(StandardOutput::isAt).isPresent()
        ? console.withJsonAlone()
        : console;
  }
}
