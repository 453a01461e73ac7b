package dev.swage.train;

import dev.swage.clip.ClipRecord;

/**
 * One optimizer step.
 *
 * @param step number of the step, from 0
 * @param epoch number of its epoch, from 1
 * @param loss mean loss over the step's samples, before the update
 * @param learningRate the rate of the update
 * @param clip what clipping saw and did
 * @param skipped whether the step was not taken
 * @param parameterNorms L2 norm of every parameter's gradient before clipping, in the order of
 *     {@link TrainingPlan#parameterNames}
 * @param samples numbers of the step's samples in the training data
 */
@SuppressWarnings("ArrayRecordComponent") // read at once by listeners; nobody compares records
public record StepRecord(
    long step,
    int epoch,
    double loss,
    double learningRate,
    ClipRecord clip,
    boolean skipped,
    double[] parameterNorms,
    int[] samples) {}
