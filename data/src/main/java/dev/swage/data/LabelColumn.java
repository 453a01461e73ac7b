package dev.swage.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Targets as they are written in a file.
 *
 * @param label name of the column or field
 * @param labels one per row; empty when there are no targets
 * @param lines the line of the file each row ends on, from 1
 */
record LabelColumn(
    Path file, Optional<String> label, List<String> labels, List<Long> lines, CsvCells cells) {}
