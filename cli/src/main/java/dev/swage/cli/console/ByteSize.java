package dev.swage.cli.console;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as people write it: {@code 512MiB}, {@code 2GB}, {@code 4096}. */
public final class ByteSize implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})\\s*(|B|[KMG]i?B)");

  @Override
  public Long convert(String text) {
    Matcher matcher = SIZE.matcher(text.strip());
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'%s' is no number of bytes: write it as 512MiB, 2GB or 4096".formatted(text));
    }
    String unit = matcher.group(2);
    long base = unit.endsWith("iB") ? 1024 : 1000;
    int power = unit.length() < 2 ? 0 : " KMG".indexOf(unit.charAt(0));
    long factor = 1;
    for (int i = 0; i < power; i++) {
      factor *= base;
    }
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), factor);
    } catch (ArithmeticException e) {
      throw new TypeConversionException("'%s' is too large".formatted(text));
    }
  }
}
