package dev.swage.data;

/**
 * What a model must be able to take that reads these encoded texts.
 *
 * @param vocabularySize rows that its table of tokens needs: one more than the largest number of a
 *     token
 * @param length tokens of the longest text, special ones and padding included
 */
public record TokenLimits(int vocabularySize, int length) {}
