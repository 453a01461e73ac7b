package dev.swage.cli.console;

import picocli.CommandLine.IVersionProvider;

/** The version of the jar, or "development" when run from classes. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"swage " + current()};
  }

  public static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
