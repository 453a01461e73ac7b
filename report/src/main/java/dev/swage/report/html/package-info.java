/** Reports as one HTML page that needs nothing else: style, drawings and script are inside. */
@NullMarked
package dev.swage.report.html;

import org.jspecify.annotations.NullMarked;
