package dev.swage.report.html;

import dev.swage.text.SafeText;

/**
 * Builds HTML text. Whatever comes from outside passes through {@link #escape}: as text and as the
 * values of attributes; names of tags and attributes are literals of this package.
 */
final class Markup {
  private static final String NO_BREAK_SPACE = "\u00a0";

  private final StringBuilder out = new StringBuilder();

  /** An opening tag; attributes as name, value, name, value, … */
  Markup open(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      out.append(escape(attributes[i + 1])).append('"');
    }
    out.append('>');
    return this;
  }

  Markup close(String tag) {
    out.append("</").append(tag).append(">");
    return this;
  }

  /** An element that holds nothing but text. */
  Markup element(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close(tag);
  }

  /** Text; a percent sign stays on the line of its number. */
  Markup text(String text) {
    out.append(escape(text).replace(" %", NO_BREAK_SPACE + "%"));
    return this;
  }

  /** Text that is markup already: our own style sheet and script, never a value. */
  Markup verbatim(String text) {
    out.append(text);
    return this;
  }

  Markup add(Markup other) {
    out.append(other.out);
    return this;
  }

  Markup line() {
    out.append('\n');
    return this;
  }

  /** A text as markup shows it; characters that are not to be seen are written in words. */
  static String escape(String value) {
    String text = SafeText.block(value);
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
