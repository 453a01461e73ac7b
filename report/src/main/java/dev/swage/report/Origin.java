package dev.swage.report;

import java.time.Instant;

/**
 * Where a result comes from.
 *
 * @param version version of Swage
 * @param created when, as an ISO-8601 instant
 * @param machine what it ran on
 */
public record Origin(String version, Instant created, Machine machine) {}
