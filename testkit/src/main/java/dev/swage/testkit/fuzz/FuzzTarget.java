package dev.swage.testkit.fuzz;

import java.util.List;

/** A part of the program that reads what strangers wrote. */
public interface FuzzTarget {
  /** The form of the inputs, which says how they are changed. */
  enum Form {
    MESSAGE,
    TEXT,
    BYTES
  }

  String name();

  Form form();

  /** Inputs to begin from. */
  List<byte[]> seeds();

  /**
   * Reads an input; one that is refused is an exception of the program's own.
   *
   * @throws Exception of any kind; those of a class of Swage refuse the input, others are faults
   */
  void read(byte[] input) throws Exception;
}
