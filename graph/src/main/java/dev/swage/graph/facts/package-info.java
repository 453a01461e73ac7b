/** What is known of the values of a graph before it runs: constants, element types, shapes. */
@NullMarked
package dev.swage.graph.facts;

import org.jspecify.annotations.NullMarked;
