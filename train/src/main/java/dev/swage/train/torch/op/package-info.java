/** ONNX's operators as libtorch's, a class for each family. */
@NullMarked
package dev.swage.train.torch.op;

import org.jspecify.annotations.NullMarked;
