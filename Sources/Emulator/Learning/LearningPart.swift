import ChipInterface
import HardwareSpec

/// Where a rule works: rows of synapses on a core, and what the engine needs to know of them.
struct LearningSite {
  /// Position of the core among the cores in use.
  var core: Int
  /// Position of the block or projection on the core.
  var position: Int
  var synapses: PlasticSynapses
  /// The weights that a synapse may have.
  var weights: ClosedRange<Int32>
  /// Columns that registers are given for: those of the block, or of the whole core.
  var columns: Range<Int>
  /// The membrane code that the table of p sees as 128, by column of `columns`; empty: 128.
  var membraneCentres: [UInt8] = []
  /// The threshold of each column's voltage register, on a digital core; empty: analog.
  var thresholds: [Int32] = []
}

/// One block or projection that learns: its synapses, and the traces and factors that they see.
final class LearningPart: @unchecked Sendable {
  let program: EngineProgram
  let site: LearningSite
  let synapses: PlasticSynapses
  /// The part's number on the chip, for its draws.
  let number: Int
  let pre, post: TraceSide
  /// The third factor of each lane, in 1/256.
  let error: UnsafeMutablePointer<Int32>
  /// What p is for each lane.
  let membrane: UnsafeMutablePointer<Int16>
  /// The third factor as rules read it in this epoch.
  let errorRead: UnsafeMutablePointer<Int16>
  /// The reward, in 1/256.
  var reward: Int32 = 0
  var rewardRead: Int32 = 0
  /// Rows whose weights the last epoch changed, each once, in ascending order.
  let changedRows: UnsafeMutablePointer<Int32>
  var changedRowCount = 0
  /// Epochs that have ended in this sample.
  var epochs = 0
  /// What the sample counted here.
  var weightUpdates = 0, weightsSaturated = 0, cycles = 0, operations = 0

  /// Which sides' histories the products read.
  let preReadsPost, postReadsPre: Bool

  init(_ site: LearningSite, _ program: EngineProgram, number: Int) {
    (self.site, self.program, self.number, synapses) = (site, program, number, site.synapses)
    pre = TraceSide(
      count: synapses.axonCount, laws: program.pre, program: program, part: number, isPre: true)
    post = TraceSide(
      count: synapses.lanes, laws: program.post, program: program, part: number, isPre: false)
    (error, membrane) = (.allocateAligned(synapses.lanes), .allocateAligned(synapses.lanes))
    errorRead = .allocateAligned(synapses.lanes)
    changedRows = .allocateAligned(synapses.axonCount)
    preReadsPost = program.reads([.y1, .y2, .y3]) { $0 == .pre }
    postReadsPre = program.reads([.x1, .x2]) { $0 == .post }
  }

  deinit {
    error.deallocate()
    membrane.deallocate()
    errorRead.deallocate()
    changedRows.deallocate()
  }

  /// Starts a sample: traces, factors and marks are fresh, synapses stay.
  func start() {
    pre.reset()
    post.reset()
    error.update(repeating: 0, count: synapses.lanes)
    let table = program.membraneTable
    membrane.update(repeating: table.count > 128 ? Int16(table[128]) : 0, count: synapses.lanes)
    (reward, epochs, changedRowCount) = (0, 0, 0)
    (weightUpdates, weightsSaturated, cycles, operations) = (0, 0, 0, 0)
  }

  /// Place of a tick in its epoch, from 1.
  @inline(__always)
  func place(of tick: Int) -> Int { tick % program.epochTicks + 1 }

  /// The lane of a column; nil where the part has none.
  @inline(__always)
  func lane(of column: Int) -> Int? {
    let lane = column - synapses.firstColumn
    return lane >= 0 && lane < synapses.lanes ? lane : nil
  }

  /// A column fired.
  func post(column: Int, tick: Int, _ random: LearningRandomness) {
    guard let lane = lane(of: column) else { return }
    post.spike(lane, place: place(of: tick), tick: tick, random)
    if program.error.ownSpike != 0 {
      error[lane] = GradedLaw.adding(program.error.ownSpike, to: error[lane])
    }
  }

  /// An event reached an axon or a row pair.
  func pre(axon: Int, tick: Int, _ random: LearningRandomness) {
    let row = axon - synapses.firstAxon
    guard row >= 0, row < synapses.axonCount else { return }
    pre.spike(row, place: place(of: tick), tick: tick, random)
  }

  /// A graded event came for a column.
  func graded(_ channel: GradedEvents.Channel, column: Int, value: Int16) {
    if channel == .reward {
      reward = GradedLaw.adding(Int32(value), to: reward)
      return
    }
    guard let lane = lane(of: column) else { return }
    switch channel {
    case .error: error[lane] = GradedLaw.adding(Int32(value), to: error[lane])
    case .y1: if program.tracesFromEvents { post.values[0][lane] = value }
    case .y2: if program.tracesFromEvents { post.values[1][lane] = value }
    case .y3: if program.tracesFromEvents { post.values[2][lane] = value }
    case .reward, .teacher: break
    }
  }

  /// The membrane of a column was converted.
  func setMembrane(column: Int, code: Int) {
    guard let lane = lane(of: column) else { return }
    let centres = site.membraneCentres
    let centre = centres.isEmpty ? 128 : Int(centres[column - site.columns.lowerBound])
    let table = program.membraneTable
    membrane[lane] = Int16(table[min(max(code - centre + 128, 0), table.count - 1)])
  }

  /// The third factor of a lane as a rule reads it.
  func errorFactor(_ lane: Int) -> Int32 {
    var value = GradedLaw.read(error[lane])
    if program.error.subtractsMembrane { value -= Int32(membrane[lane]) }
    return min(max(value, program.signedRange.lowerBound), program.signedRange.upperBound)
  }

  /// The reward as a rule reads it.
  var rewardFactor: Int32 {
    let range = program.signedRange
    return min(max(GradedLaw.read(reward), range.lowerBound), range.upperBound)
  }
}
