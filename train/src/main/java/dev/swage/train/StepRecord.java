package dev.swage.train;

import dev.swage.clip.ClipRecord;
import java.util.OptionalDouble;

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
 * @param updateRatio ‖Δw‖ / ‖w‖: the L2 norm of what all parameters together moved by, over theirs
 *     before the step; measured at steps 0, 25, 50, … that are taken
 * @param rangeLoss the range penalties' share of the loss, times their weights, which {@code loss}
 *     does not contain; empty without penalties
 * @param quantizerShare share of the scales and zero points of quantizers in the squared norm of
 *     the gradients; empty without trained ones
 * @param flips share of the codes of weights that the step changed, in a model that is trained
 *     through its codes; measured with {@code updateRatio}
 * @param frozen share of the weights of up to 4 bits whose codes oscillated and that are frozen;
 *     empty where none is to freeze
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
    OptionalDouble updateRatio,
    OptionalDouble rangeLoss,
    OptionalDouble quantizerShare,
    OptionalDouble flips,
    OptionalDouble frozen,
    int[] samples) {}
