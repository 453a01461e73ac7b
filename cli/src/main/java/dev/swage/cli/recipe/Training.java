package dev.swage.cli.recipe;

import dev.swage.clip.GradientClipper;
import dev.swage.range.RangeControls;
import dev.swage.train.Disturbance;
import dev.swage.train.EarlyStopping;
import dev.swage.train.LearningRate;
import dev.swage.train.Loss;
import dev.swage.train.Optimizer;
import dev.swage.train.StopTarget;
import java.util.Optional;

/**
 * How a network is trained.
 *
 * @param batch samples per forward pass
 * @param accumulate forward passes per optimizer step
 * @param earlyStopping when training stops for want of improvement
 * @param target what ends training as soon as it is reached
 * @param disturbance a bad batch made on purpose
 * @param range what keeps the values of weights together, if something does
 * @param profiled whether the report tells how weights spread after each epoch
 */
public record Training(
    Loss loss,
    Optimizer optimizer,
    LearningRate schedule,
    GradientClipper clipper,
    int batch,
    int epochs,
    int accumulate,
    Optional<EarlyStopping> earlyStopping,
    Optional<StopTarget> target,
    Optional<Disturbance> disturbance,
    Optional<RangeControls> range,
    boolean profiled) {}
