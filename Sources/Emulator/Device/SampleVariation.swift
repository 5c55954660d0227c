import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// A core whose circuits are not the same in every sample: they drift, or shift from trial to trial.
struct VariedCore: Sendable {
  private let core: Int
  private let nominal: [NominalCircuit]
  private let deviations: [CircuitDeviation]
  private let derivation: CircuitDerivation
  private let base: [CircuitConstants]
  /// Derives full circuits too, on cores that have them.
  private let fullDerivation: FullCircuitDerivation?
  private let drift: DriftProcess?
  private let errors: TrialErrorSpec
  private let countsPerVolt: Double

  init(
    _ core: CoreOnChip, _ circuits: [(NominalCircuit, CircuitDeviation)],
    _ base: [CircuitConstants], _ derivation: CircuitDerivation, full: FullCircuitDerivation?,
    _ draw: DeviceDraw
  ) {
    fullDerivation = full
    self.core = core.index
    (nominal, deviations) = (circuits.map(\.0), circuits.map(\.1))
    (self.base, self.derivation, drift) = (base, derivation, DriftProcess(draw))
    errors = draw.effects.contains(.trial) ? draw.spreads.trialErrors : .none
    countsPerVolt = MembraneScale(draw.spec.readout).counts(difference: 1)
  }

  /// The step of the drift that a sample belongs to; 0 when nothing drifts.
  func step(ofSample number: UInt64) -> Int { drift?.step(ofSample: number) ?? 0 }

  /// The circuits in one step of the drift.
  func circuits(step: Int) -> [CircuitConstants] {
    guard let drift else { return base }
    return nominal.indices.map { column in
      let factor = drift.factor(core: core, column: column, step: step)
      return derivation.constants(nominal[column], deviations[column].withBiasCurrents(factor))
    }
  }

  /// The full circuits in one step of the drift; nil on cores of plain ones.
  func fullCircuits(step: Int, _ lean: [CircuitConstants]) -> [FullCircuitConstants]? {
    guard let fullDerivation else { return nil }
    let drifted = deviations.indices.map { column in
      let factor = drift?.factor(core: core, column: column, step: step) ?? 1
      return (nominal[column], deviations[column].withBiasCurrents(factor))
    }
    return fullDerivation.constants(drifted, lean)
  }

  /// Shifts thresholds and rests as one trial has them.
  func shift(_ circuits: inout [CircuitConstants], trialSeed: UInt64, sample: UInt64) {
    guard errors != .none else { return }
    let draw = CounterRandom(seed: trialSeed ^ 0x5348_4946_5400_0000, stream: sample)
    for column in circuits.indices {
      let distance = abs(nominal[column].threshold - nominal[column].leak) * countsPerVolt
      let rest = Self.counts(errors.rest * distance * draw.normal(core, column, 0))
      let threshold = Self.counts(errors.threshold * distance * draw.normal(core, column, 1))
      circuits[column].rest += rest
      circuits[column].reset += rest
      if deviations[column].defect == nil, nominal[column].fires {
        circuits[column].threshold += threshold
      }
    }
  }

  /// Counts within a hundred codes either way: rails bound what the shift leads to.
  private static func counts(_ value: Double) -> Int32 {
    let most = 100 * MembraneScale.countsPerCode
    return Int32(min(max(value, -most), most).rounded())
  }
}

/// The constants that single samples of a group have on cores that vary.
///
/// Made only for devices whose circuits drift or differ from trial to trial; others share one set
/// of constants among all samples.
final class SampleVariation {
  private let cores: [VariedCore]
  private let devices: [CoreDevice]
  private let capacity: Int
  private let trialSeed: UInt64
  private var steps: [Int]
  /// The circuits of each slot in its step of the drift, without the trial's shift.
  private var drifted: [[CircuitConstants]]
  private var circuitsOfSlot: [[CircuitConstants]]
  private var buffers: [CoreConstantsBuffer]
  /// The full circuits of each slot; nil on cores of plain ones.
  private var fulls: [FullCore?]
  private let views: UnsafeMutablePointer<synapus_core_constants>

  /// Memory for `capacity` samples; nil when all samples are alike.
  init?(_ loaded: LoadedImage, trialSeed: UInt64, capacity: Int) {
    guard let cores = loaded.varied else { return nil }
    (self.cores, devices, self.capacity, self.trialSeed) = (
      cores, loaded.cores, capacity, trialSeed
    )
    let count = cores.count * capacity
    steps = Array(repeating: -1, count: count)
    drifted = Array(repeating: [], count: count)
    circuitsOfSlot = Array(repeating: [], count: count)
    buffers = (0..<count).map { loaded.cores[$0 / capacity].constants }
    fulls = Array(repeating: nil, count: count)
    views = .allocateAligned(count)
  }

  deinit { views.deallocate() }

  /// Makes the constants of one core for one sample.
  func prepare(core: Int, slot: Int, sample: UInt64) {
    let step = cores[core].step(ofSample: sample)
    if steps[slot] != step {
      (steps[slot], drifted[slot]) = (step, cores[core].circuits(step: step))
      buffers[slot] = devices[core].constants.replacing(drifted[slot])
      views[slot] = buffers[slot].kernelView
      fulls[slot] = cores[core].fullCircuits(step: step, drifted[slot]).flatMap {
        devices[core].full?.replacing($0)
      }
    }
    var circuits = drifted[slot]
    cores[core].shift(&circuits, trialSeed: trialSeed, sample: sample)
    circuitsOfSlot[slot] = circuits
    buffers[slot].setPotentials(circuits)
    fulls[slot]?.setPotentials(circuits)
  }

  /// The full circuits of a slot; nil on cores of plain ones.
  func full(slot: Int) -> FullCore? { fulls[slot] }

  /// The circuits of a slot, for the reference.
  func circuits(slot: Int) -> [CircuitConstants] { circuitsOfSlot[slot] }

  /// The constants of a slot, for the kernels.
  func constants(slot: Int) -> UnsafePointer<synapus_core_constants> {
    UnsafePointer(views + slot)
  }
}
