import ChipInterface
import Compiler
import FirmwareModels
import HardwareSpec

/// W3: W1 with a pair rule on all its synapses, an epoch every step.
///
/// `dw = 2^-2 x1 y0 - 2^-2 y1 x0`; both traces grow by 16 and decay in 10 steps.
struct LearningWorkload {
  let image: ChipImage
  let experiment: Experiment
  let neuronCount: Int
  /// Synapses that learn.
  let synapseCount: Int

  /// Makes the workload for a chip that learns; its engine's trace source does not matter.
  init(_ spec: ChipSpec, steps: Int) throws {
    guard let learning = spec.learning else { throw LearningWorkloadError.noEngine(spec.name) }
    let program = LearningProgram(try Self.rule().assemble(for: learning))
    if spec.digital == nil {
      let workload = SingleCoreWorkload(spec, steps: steps)
      (image, synapseCount) = Self.learning(workload.image, program)
      experiment = workload.experiment
      neuronCount = image.cores[0].circuits.count
    } else {
      let workload = DigitalWorkload.w1(spec, steps: steps)
      (image, synapseCount) = Self.learning(workload.image, program)
      (experiment, neuronCount) = (workload.experiment, workload.neuronCount)
    }
  }

  private static func rule() throws -> LearningRule {
    var settings = RuleSettings()
    let trace = TraceSettings(impulse: 16, timeConstant: 10)
    (settings.x1, settings.y1) = (trace, trace)
    return try LearningRule(
      dw: "2^-2*x1*y0 - 2^-2*y1*x0", name: "pair-stdp", settings: settings)
  }

  /// The image with the program on all synapses of its core, and how many they are.
  private static func learning(
    _ image: ChipImage, _ program: LearningProgram
  ) -> (ChipImage, Int) {
    var image = image
    image.programs = [program]
    if case .currentBased(var core) = image.cores[0].digital {
      for i in core.projections.indices { core.projections[i].program = 0 }
      image.cores[0].digital = .currentBased(core)
      return (image, core.projections.reduce(0) { $0 + $1.weights.count })
    }
    let (pairs, columns) = (image.inputRoutes.count, image.cores[0].circuits.count)
    image.cores[0].plasticBlocks = [
      PlasticBlock(
        firstPair: 0, pairCount: pairs, firstColumn: 0, columnCount: columns, program: 0)
    ]
    return (image, pairs * columns)
  }
}

/// Why the workload cannot be made.
enum LearningWorkloadError: Error, CustomStringConvertible {
  case noEngine(String)

  var description: String {
    switch self {
    case .noEngine(let chip):
      return "W3 needs a learning engine; \(chip) has none, try --chip synapus-1 or loihi"
    }
  }
}
