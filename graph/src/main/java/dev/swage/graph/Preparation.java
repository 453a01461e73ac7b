package dev.swage.graph;

import dev.swage.graph.clean.BranchSharing;
import dev.swage.graph.clean.DuplicateSharing;
import dev.swage.graph.clean.EinsumMultiplying;
import dev.swage.graph.clean.NoOpRemoval;
import dev.swage.graph.clean.NotesRemoval;
import dev.swage.graph.clean.Sweep;
import dev.swage.graph.clean.TransposeMerge;
import dev.swage.graph.facts.Inference;
import dev.swage.graph.facts.InferredTypes;
import dev.swage.graph.fold.BranchResolution;
import dev.swage.graph.fold.ConstantFolding;
import dev.swage.graph.fold.FoldBudget;
import dev.swage.graph.fuse.ChannelFolding;
import dev.swage.graph.fuse.NormalizationFolding;
import dev.swage.graph.inline.FunctionInlining;
import dev.swage.graph.integer.ClippingBeforePooling;
import dev.swage.graph.integer.GemmSimplifying;
import dev.swage.graph.integer.MeanPooling;
import dev.swage.graph.integer.NormalizationConvolving;
import dev.swage.graph.integer.ShuffleFolding;
import dev.swage.graph.integer.ShuffleGathering;
import dev.swage.graph.opset.OpsetRaise;
import dev.swage.graph.pass.Change;
import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.PassContext;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.ModelChecker;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Rewrites a model, without changing what it computes, so that it can be quantized well: calls of
 * the model's functions are replaced by what these do, constants are computed, branches that are
 * decided taken, no-ops removed, normalizations and additions taken into weights, equal weights
 * shared, notes of exporters dropped, and the operator set raised where asked for. Inputs whose
 * default is a weight are fixed to it; those whose default is a setting stay inputs. Outputs keep
 * their names, and values that remain keep theirs.
 *
 * <p>Weights that stay as they are stay where they are, in a mapped file too.
 */
public final class Preparation {
  /** Each round can only make the graph smaller; this is a guard, not a setting. */
  private static final int MAX_ROUNDS = 100;

  private final PreparationOptions options;
  private final GraphEvaluator evaluator;
  private final RewriteLog log = new RewriteLog();
  private final FreshNames names;
  private final ConstantFolding folding;
  private OnnxModel model;

  /** Names keep their meaning, so that what is known stays true while the graph changes. */
  private InferredTypes facts = new InferredTypes();

  private Preparation(OnnxModel model, PreparationOptions options, GraphEvaluator evaluator) {
    this.model = model;
    this.options = options;
    this.evaluator = evaluator;
    this.names = FreshNames.of(model.graph());
    this.folding =
        new ConstantFolding(
            new FoldBudget(options.maxFoldedBytes(), options.copies()), evaluator::compute);
  }

  /**
   * Prepares a model.
   *
   * @param evaluator computes constants, and infers types and shapes
   * @throws dev.swage.onnx.OnnxException if an operator of ONNX's own domain cannot be raised as
   *     far as asked, naming it and the way out
   */
  public static Prepared of(OnnxModel model, PreparationOptions options, GraphEvaluator evaluator) {
    return new Preparation(model, options, evaluator).prepare();
  }

  private Prepared prepare() {
    if (options.simplify()) {
      inline();
      fixInputs();
      run(new NotesRemoval(), RewriteKind.NOTES_REMOVED);
      run(new Sweep(true), RewriteKind.UNUSED_REMOVED);
      raise();
      simplify();
      if (options.integerForms()) {
        facts = Inference.of(model, facts, evaluator::infer);
        run(new GemmSimplifying(), RewriteKind.GEMM_SIMPLIFIED);
        run(new MeanPooling(), RewriteKind.MEAN_POOLED);
        run(new ShuffleGathering(), RewriteKind.CHANNELS_GATHERED);
        run(new ShuffleFolding(options.denseShuffles()), RewriteKind.SHUFFLE_FOLDED);
        run(new NormalizationConvolving(), RewriteKind.NORMALIZATION_CONVOLVED);
        run(new ClippingBeforePooling(), RewriteKind.CLIP_MOVED);
        run(new Sweep(false), RewriteKind.UNUSED_REMOVED);
      }
      run(new DuplicateSharing(), RewriteKind.DUPLICATE_SHARED);
      model =
          model.withGraph(
              BranchSharing.apply(
                  model.graph(), names, log.of(change -> RewriteKind.DUPLICATE_SHARED)));
    } else {
      if (options.opset().orElse(0) > model.opset()) {
        inline();
      }
      if (model.irVersion() < 4) {
        fixInputs();
      }
      raise();
    }
    ModelChecker.checkStructure(model);
    return new Prepared(model, log.rewrites(), folding.widened());
  }

  /** A model with the nodes of its functions in the place of their calls, and nothing else done. */
  public static OnnxModel inlined(OnnxModel model, GraphEvaluator evaluator) {
    Preparation preparation = new Preparation(model, PreparationOptions.defaults(), evaluator);
    preparation.inline();
    return preparation.model;
  }

  /** A model without the nodes and weights that no output depends on, and nothing else done. */
  public static OnnxModel swept(OnnxModel model) {
    Preparation preparation =
        new Preparation(model, PreparationOptions.defaults(), GraphEvaluator.none());
    preparation.run(new Sweep(false), RewriteKind.UNUSED_REMOVED);
    return preparation.model;
  }

  private void inline() {
    OnnxModel called = model;
    model =
        FunctionInlining.apply(
            model, names, log.of(change -> inlining(change, called)), evaluator::infer);
  }

  /**
   * A call; a node of a function, written for the model's operator set; a function never called.
   */
  private static RewriteKind inlining(Change change, OnnxModel model) {
    if (change.nodes().isEmpty()) {
      return RewriteKind.UNUSED_REMOVED;
    }
    return model.function(change.nodes().getFirst()).isPresent()
        ? RewriteKind.FUNCTION_INLINED
        : RewriteKind.OPERATOR_ADAPTED;
  }

  /** From IR 4 on, an initializer that is not an input is a constant; before, it had to be one. */
  private void fixInputs() {
    Graph graph = model.graph();
    Set<String> weights = OptionalInputs.weights(model);
    if (model.irVersion() >= 4) {
      graph.inputs().stream()
          .map(ValueInfo::name)
          .filter(weights::contains)
          .forEach(input -> log.add(RewriteKind.OPTIONAL_INPUT_FIXED, List.of(input), ""));
    }
    List<ValueInfo> left =
        graph.inputs().stream().filter(input -> !weights.contains(input.name())).toList();
    model =
        model
            .withIrVersion(Math.max(4, model.irVersion()))
            .withGraph(graph.toBuilder().inputs(left).build());
  }

  private void raise() {
    long from = model.opset();
    long to = options.opset().orElse(from);
    if (to <= from) {
      return;
    }
    facts = Inference.of(model, facts, evaluator::infer);
    run(folding, RewriteKind.CONSTANT_FOLDED);
    run(new Sweep(false), RewriteKind.UNUSED_REMOVED);
    facts = Inference.of(model, facts, evaluator::infer);
    log.add(RewriteKind.OPSET_RAISED, List.of(), from + " → " + to);
    run(new OpsetRaise(from, to), RewriteKind.OPERATOR_ADAPTED);
    model = model.withOpset("", to).withIrVersion(Math.max(model.irVersion(), irVersion(to)));
  }

  /** The IR version that came with an operator set, of those that matter to what is written. */
  private static long irVersion(long opset) {
    return opset >= 25 ? 13 : opset >= 21 ? 10 : 7;
  }

  private void simplify() {
    int before;
    int rounds = 0;
    do {
      before = log.size();
      facts = Inference.of(model, facts, evaluator::infer);
      run(new BranchResolution(), RewriteKind.BRANCH_RESOLVED);
      run(folding, RewriteKind.CONSTANT_FOLDED);
      run(new NoOpRemoval(), RewriteKind.NO_OP_REMOVED);
      run(new TransposeMerge(), RewriteKind.TRANSPOSES_MERGED);
      run(new EinsumMultiplying(), RewriteKind.EINSUM_MULTIPLIED);
      run(new NormalizationFolding(), RewriteKind.BATCH_NORMALIZATION_FOLDED);
      run(new ChannelFolding(), Preparation::channelFolding);
      run(new Sweep(false), RewriteKind.UNUSED_REMOVED);
      rounds++;
    } while (log.size() > before && rounds < MAX_ROUNDS);
  }

  /** An Add goes into a bias, a Mul into weights. */
  private static RewriteKind channelFolding(Change change) {
    return change.nodes().getLast().is("Add") ? RewriteKind.BIAS_FOLDED : RewriteKind.SCALE_FOLDED;
  }

  private void run(Pass pass, RewriteKind kind) {
    run(pass, change -> kind);
  }

  private void run(Pass pass, Function<Change, RewriteKind> kind) {
    PassContext context = new PassContext(model, facts, names, log.of(kind));
    model = model.withGraph(pass.everywhere(model.graph(), Map.of(), context));
  }
}
