/** One {@code DataSource} over CSV, IDX, NPY, images, ONNX test data and generated sets. */
@NullMarked
package dev.swage.data;

import org.jspecify.annotations.NullMarked;
