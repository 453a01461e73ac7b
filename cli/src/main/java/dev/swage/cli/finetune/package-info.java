/** Fine-tuning a model on data of one's own. */
@NullMarked
package dev.swage.cli.finetune;

import org.jspecify.annotations.NullMarked;
