import CEmulatorKernels
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
  /// Synapses of non-zero weight, by row; nil where nobody counts them.
  var nonZero: UnsafeMutablePointer<Int32>?
}

/// One block or projection that learns: its synapses, and the traces and factors that they see.
final class LearningPart: @unchecked Sendable {
  let program: EngineProgram
  let site: LearningSite
  let synapses: PlasticSynapses
  let kernel: LearningKernel
  /// The part's number on the chip, for its draws.
  let number: Int
  let pre, post: TraceSide
  /// The third factor of each lane, in 1/256.
  let error: UnsafeMutablePointer<Int32>
  /// What p is for each lane.
  let membrane: UnsafeMutablePointer<Int16>
  /// The third factor as rules read it in this epoch.
  let errorRead: UnsafeMutablePointer<Int16>
  /// Codes of the correlation sensors since the last epoch, by synapse; nil: traces are counters.
  let causal, acausal: UnsafeMutablePointer<Int16>?
  /// Whether any lane's third factor may be other than 0.
  private var errorIsLive = false
  /// The reward, in 1/256, and as rules read it in this epoch.
  private var reward: Int32 = 0
  private(set) var rewardRead: Int32 = 0
  /// Rows whose weights the last epoch changed, each once, in ascending order.
  let changedRows: UnsafeMutablePointer<Int32>
  var changedRowCount = 0
  /// Epochs that have ended in this sample.
  private(set) var epochs = 0
  /// What the sample counted here.
  var weightUpdates = 0, weightsSaturated = 0
  private(set) var cycles = 0, operations = 0

  /// Which sides' histories the products read, and whether they read e.
  private let preReadsPost, postReadsPre, readsError: Bool
  /// The rule and the synapses as the kernels take them.
  private let view: UnsafeMutablePointer<synapus_learning_part>
  private let rowTraces, laneChanges: UnsafeMutablePointer<Int16>
  private let products: UnsafeMutablePointer<synapus_learning_product>

  init(_ site: LearningSite, _ program: EngineProgram, number: Int, _ kernel: LearningKernel) {
    (self.site, self.program, self.number, synapses) = (site, program, number, site.synapses)
    self.kernel = kernel
    pre = TraceSide(
      count: synapses.axonCount, laws: program.pre, program: program, part: number, isPre: true,
      isReal: synapses.exact != nil)
    post = TraceSide(
      count: synapses.lanes, laws: program.post, program: program, part: number, isPre: false,
      isReal: synapses.exact != nil)
    (error, membrane) = (.allocateAligned(synapses.lanes), .allocateAligned(synapses.lanes))
    errorRead = .allocateAligned(synapses.lanes)
    changedRows = .allocateAligned(synapses.axonCount)
    preReadsPost = !program.isSensed && program.reads([.y1, .y2, .y3]) { $0 == .pre }
    postReadsPre = !program.isSensed && program.reads([.x1, .x2]) { $0 == .post }
    readsError = program.reads(.e)
    rowTraces = .allocateAligned(pre.padded)
    laneChanges = .allocateAligned(program.products.count * synapses.lanes)
    causal = program.isSensed ? .allocateAligned(synapses.laneCount) : nil
    acausal = program.isSensed ? .allocateAligned(synapses.laneCount) : nil
    products = .allocate(capacity: max(1, program.products.count))
    for (k, product) in program.products.enumerated() {
      (products + k).initialize(to: product.kernelView)
    }
    view = .allocate(capacity: 1)
    view.initialize(to: synapus_learning_part())
    prepareView()
  }

  deinit {
    error.deallocate()
    membrane.deallocate()
    errorRead.deallocate()
    rowTraces.deallocate()
    laneChanges.deallocate()
    causal?.deallocate()
    acausal?.deallocate()
    changedRows.deallocate()
    products.deallocate()
    view.deallocate()
  }

  private func prepareView() {
    view.pointee.products = UnsafePointer(products)
    view.pointee.product_count = Int32(program.products.count)
    view.pointee.fraction_bits = Int32(program.fractionBits)
    view.pointee.accumulator_low = program.accumulatorRange.lowerBound
    view.pointee.accumulator_high = program.accumulatorRange.upperBound
    (view.pointee.weight_low, view.pointee.weight_high) = (
      site.weights.lowerBound, site.weights.upperBound
    )
    (view.pointee.tag_low, view.pointee.tag_high) = (
      program.tags.lowerBound, program.tags.upperBound
    )
    view.pointee.delay_high = program.delays.upperBound
    view.pointee.tag_carry = Int32(program.tagCarry ?? 0)
    (view.pointee.rows, view.pointee.lanes) = (Int32(synapses.axonCount), Int32(synapses.lanes))
    (view.pointee.weights, view.pointee.tags) = (synapses.weights, synapses.tags)
    (view.pointee.delays, view.pointee.exists) = (synapses.delays, UnsafePointer(synapses.exists))
    (view.pointee.error, view.pointee.membrane) = (
      UnsafePointer(errorRead), UnsafePointer(membrane)
    )
    view.pointee.fired = UnsafePointer(post.spikedBits)
    (view.pointee.row_traces, view.pointee.changed_rows) = (rowTraces, changedRows)
    view.pointee.lane_changes = laneChanges
    view.pointee.non_zero = site.nonZero
    (view.pointee.causal, view.pointee.acausal) = (
      causal.map { UnsafePointer($0) }, acausal.map { UnsafePointer($0) }
    )
  }

  /// Starts a sample: traces, factors and marks are fresh, synapses stay.
  func start() {
    pre.reset()
    post.reset()
    error.update(repeating: 0, count: synapses.lanes)
    errorRead.update(repeating: 0, count: synapses.lanes)
    let table = program.membraneTable
    membrane.update(repeating: table.count > 128 ? Int16(table[128]) : 0, count: synapses.lanes)
    (reward, epochs, changedRowCount, errorIsLive) = (0, 0, 0, false)
    (weightUpdates, weightsSaturated, cycles, operations) = (0, 0, 0, 0)
  }

  /// Place of a tick in its epoch, from 1.
  @inline(__always)
  func place(of tick: Int) -> Int {
    program.epochTicks == 1 ? 1 : tick % program.epochTicks + 1
  }

  /// The lane of a column; nil where the part has none.
  @inline(__always)
  func lane(of column: Int) -> Int? {
    let lane = column - synapses.firstColumn
    return lane >= 0 && lane < synapses.lanes ? lane : nil
  }

  /// Columns `list[i] >> shift` fired.
  func markPost(
    _ list: UnsafePointer<UInt32>, _ count: Int, shift: Int, tick: Int,
    _ random: LearningRandomness
  ) {
    post.mark(
      list, count, shift: shift, first: synapses.firstColumn, place: place(of: tick), tick: tick,
      random)
    guard program.error.ownSpike != 0 else { return }
    for i in 0..<count {
      if let lane = lane(of: Int(list[i] >> UInt32(shift))) {
        addError(program.error.ownSpike, lane: lane)
      }
    }
  }

  /// Events reached axons or row pairs `list[i] >> shift`.
  func markPre(
    _ list: UnsafePointer<UInt32>, _ count: Int, shift: Int, tick: Int,
    _ random: LearningRandomness
  ) {
    pre.mark(
      list, count, shift: shift, first: synapses.firstAxon, place: place(of: tick), tick: tick,
      random)
  }

  /// Adds to the third factor of a lane.
  func addError(_ value: Int32, lane: Int) {
    error[lane] = GradedLaw.adding(value, to: error[lane])
    errorIsLive = true
  }

  /// Adds to the reward.
  func addReward(_ value: Int16) { reward = GradedLaw.adding(Int32(value), to: reward) }

  /// A graded event, other than a reward, came for a column.
  func graded(_ channel: GradedEvents.Channel, column: Int, value: Int16) {
    guard let lane = lane(of: column) else { return }
    switch channel {
    case .error: addError(Int32(value), lane: lane)
    case .y1: if program.tracesFromEvents { post.set(trace: 0, lane, value) }
    case .y2: if program.tracesFromEvents { post.set(trace: 1, lane, value) }
    case .y3: if program.tracesFromEvents { post.set(trace: 2, lane, value) }
    case .reward, .teacher: break
    }
  }

  /// The membrane of a column was converted.
  @inline(__always)
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
    return clipped(value)
  }

  /// The reward as a rule reads it.
  var rewardFactor: Int32 {
    clipped(GradedLaw.read(reward))
  }

  /// A signed factor in its width; the ideal chip's factors are as wide as it takes.
  private func clipped(_ value: Int32) -> Int32 {
    if synapses.exact != nil { return min(max(value, -32_768), 32_767) }
    return min(max(value, program.signedRange.lowerBound), program.signedRange.upperBound)
  }

  /// Replays traces, applies the rule, and clears the marks; `tick` is the epoch's last.
  func endEpoch(tick: Int, _ random: LearningRandomness) {
    epochs += 1
    let start = tick + 1 - program.epochTicks
    preReadsPost ? post.history.request(pre) : post.history.requestNothing()
    postReadsPre ? pre.history.request(post) : pre.history.requestNothing()
    pre.replay(start: start, epoch: epochs, random, kernel)
    post.replay(start: start, epoch: epochs, random, kernel)
    readFactors()
    changedRowCount = 0
    apply(tick: tick, random)
    rewire(tick: tick, random)
    pre.clearMarks()
    post.clearMarks()
    fadeFactors()
    cycles += program.cost.cycles(rows: synapses.axonCount)
    operations += program.cost.words * synapses.axonCount * site.columns.count
  }

  private func readFactors() {
    rewardRead = rewardFactor
    guard readsError, errorIsLive || program.error.subtractsMembrane else { return }
    for lane in 0..<synapses.lanes { errorRead[lane] = Int16(errorFactor(lane)) }
  }

  private func fadeFactors() {
    reward = program.reward.decayed(reward)
    guard errorIsLive else { return }
    errorIsLive = false
    for lane in 0..<synapses.lanes where error[lane] != 0 {
      error[lane] = program.error.decayed(error[lane])
      if error[lane] != 0 { errorIsLive = true }
    }
    if !errorIsLive { errorRead.update(repeating: 0, count: synapses.lanes) }
  }

  /// Applies the rule; recorded draws are for the reference.
  private func apply(tick: Int, _ random: LearningRandomness) {
    if let exact = synapses.exact, let pre = pre.real, let post = post.real {
      return RealLearning.apply(self, exact, pre: pre, post: post)
    }
    guard case .vector(let learn, _, _) = kernel, random.recorded == nil else {
      return ReferenceLearning.apply(self, tick: tick, random)
    }
    (view.pointee.pre, view.pointee.post) = (pre.kernelView, post.kernelView)
    (view.pointee.reward, view.pointee.epoch) = (rewardRead, Int32(epochs))
    view.pointee.weight_key = random.key(.weight, part: number, time: tick)
    view.pointee.delay_key = random.key(.delay, part: number, time: tick)
    view.pointee.tag_key = random.key(.tag, part: number, time: tick)
    (view.pointee.updates, view.pointee.saturated) = (0, 0)
    learn(view)
    changedRowCount = Int(view.pointee.changed_count)
    weightUpdates += Int(view.pointee.updates)
    weightsSaturated += Int(view.pointee.saturated)
  }
}

extension EngineProduct {
  /// The product as the kernels take it.
  fileprivate var kernelView: synapus_learning_product {
    var view = synapus_learning_product()
    view.target = Int32(target.rawValue)
    switch gate {
    case .pre: view.gate = Int32(SYNAPUS_GATE_PRE)
    case .post: view.gate = Int32(SYNAPUS_GATE_POST)
    case .epoch(let k):
      (view.gate, view.epoch_mask) = (Int32(SYNAPUS_GATE_EPOCH), 1 << Int32(k) - 1)
    }
    (view.mantissa, view.down, view.up, view.wide) = (mantissa, down, up, isWide)
    view.factor_count = Int32(min(factors.count, Int(SYNAPUS_MOST_FACTORS)))
    withUnsafeMutableBytes(of: &view.factors) { raw in
      let list = raw.bindMemory(to: synapus_learning_factor.self)
      for (k, factor) in factors.prefix(list.count).enumerated() {
        list[k] = synapus_learning_factor(
          variable: Int32(factor.variable.rawValue), constant: factor.constant,
          is_sign: factor.isSign ? 1 : 0, low: factor.range.lowerBound,
          high: factor.range.upperBound)
      }
    }
    return view
  }
}
