import ChipInterface

/// The learning engine as a runner sees it: one object for all cores in use, for one sample at a
/// time.
///
/// In each step (tick) the runner tells, for each core with plastic synapses, in this order: the
/// neurons that fired (`post`), the events that reached axons (`pre`), then the graded events of
/// the step, then `endOfStep`. Cores are positions among the cores in use. Calls for different
/// cores may come from different threads at the same time; graded events and the two calls without
/// a core come alone, between two barriers.
protocol CoreLearning: AnyObject, Sendable {
  /// Makes traces, factors and marks fresh for a sample; synapses stay as they are.
  func start(sampleNumber: UInt64)

  /// Neurons (columns) fired; `signs` is nil where all spikes are +1 (ternary neurons send −1).
  func post(
    core: Int, _ columns: UnsafePointer<UInt32>, count: Int, signs: UnsafePointer<Int8>?)

  /// Events reached axons (row pairs); an axon is listed once for each event of the step.
  func pre(core: Int, _ axons: UnsafePointer<UInt32>, count: Int)

  /// A graded event for a neuron; never of channel `teacher`.
  ///
  /// The reward goes to the whole chip: core and column do not matter then.
  func graded(_ channel: GradedEvents.Channel, core: Int, column: Int, value: Int16)

  /// Whether the step that ends is the last of an epoch of any core's rule: `endOfStep` calls
  /// matter only then, and where membranes are read.
  func needsEndOfStep(tick: Int) -> Bool

  /// What joins cores at a step's end (feedback), before any core's own part.
  func connect(tick: Int)

  /// A core's part of a step's end: traces replayed, rules applied, marks cleared.
  ///
  /// `membranes` are the core's voltage registers after the step, by column; nil on analog cores,
  /// whose ADC codes the engine takes elsewhere.
  func endOfStep(core: Int, tick: Int, membranes: UnsafePointer<Int32>?)

  /// Numbers of a register of the engine (traces, error, membrane, reward); 0 where it has none.
  func width(of register: RegisterProbe.Register, core: Int, part: Int) -> Int

  /// Reads a register of the engine as it stands at the end of the step.
  func read(
    _ register: RegisterProbe.Register, core: Int, part: Int,
    into values: UnsafeMutablePointer<Double>)

  /// What the engine counted since the sample started.
  var counters: RunCounters { get }
}
