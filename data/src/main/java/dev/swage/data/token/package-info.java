/** Texts cut into the numbers of tokens: by a Hugging Face {@code tokenizer.json}. */
@NullMarked
package dev.swage.data.token;

import org.jspecify.annotations.NullMarked;
