package dev.swage.compress.search;

import dev.swage.compress.plan.Assignment;
import java.util.List;

/**
 * What a search found.
 *
 * @param given what is decided of the nodes that go another way than at first, most sensitive
 *     first, with what each costs
 * @param best the model with these decisions: of those that keep the bounds the one that costs
 *     least under the goal; where none does, the nearest to the bounds
 * @param met whether it keeps the bounds
 * @param finished whether the search came to its end: false when it was stopped or used up its
 *     evaluations before it knew whether the bounds can be met
 * @param ranking nodes by what they cost the outputs on the ways that were measured, worst first;
 *     empty when the bounds hold at once
 * @param trials all models that were measured, in order
 * @param measured how many measurements were made now, and not known from before
 */
public record SearchResult(
    Assignment given,
    Trial best,
    boolean met,
    boolean finished,
    List<NodeSensitivity> ranking,
    List<Trial> trials,
    int measured) {
  public SearchResult {
    ranking = List.copyOf(ranking);
    trials = List.copyOf(trials);
  }
}
