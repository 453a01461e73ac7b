package dev.swage.cli.train;

import dev.swage.train.CheckpointPolicy;

/**
 * Whether and how a run saves its state.
 *
 * @param policy when and where
 * @param resume whether to go on from what is there
 * @param command what to type to go on
 */
record Saving(CheckpointPolicy policy, boolean resume, String command) {}
