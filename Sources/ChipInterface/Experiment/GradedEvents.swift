/// Events that carry a number: errors, rewards, and values of traces, sample by sample.
public struct GradedEvents: Equatable, Sendable {
  /// What an event goes to.
  ///
  /// Raw values are part of the wire format and stay.
  public enum Channel: UInt8, CaseIterable, Sendable {
    /// Adds to the factor e of a unit.
    case error = 0
    /// Adds to the reward r of the chip; the unit does not matter.
    case reward
    /// Overwrites the trace of a unit.
    case y1, y2, y3
    /// Makes a unit fire in that tick, whatever its membrane does; the value does not matter.
    case teacher
  }

  /// One event.
  public struct Event: Equatable, Sendable {
    /// The tick in which it acts.
    public var tick: UInt32
    /// What it goes to.
    public var channel: Channel
    /// The unit of the image's populations.
    public var unit: UInt32
    /// What it carries.
    public var value: Int16

    /// Makes an event.
    public init(tick: UInt32, channel: Channel, unit: UInt32 = 0, value: Int16 = 0) {
      (self.tick, self.channel, self.unit, self.value) = (tick, channel, unit, value)
    }
  }

  /// The events of each sample in ascending order of ticks; empty: none in any sample.
  public var samples: [[Event]]

  /// Makes a list; by default none.
  public init(_ samples: [[Event]] = []) { self.samples = samples }

  /// Whether there is no event.
  public var isEmpty: Bool { samples.allSatisfy(\.isEmpty) }
}

/// The random numbers of a recorded run, in place of the chip's own.
///
/// One number serves all neurons of a side, or all synapses, of one epoch.
public struct LearningDraws: Equatable, Sendable {
  /// By epoch: the draws of trace decay, pre and post, and of rounding, in [0, 1).
  public var xDecay, yDecay, rounding: [Double]
  /// By epoch: the draws of trace impulses, 0 to 127.
  public var xImpulse, yImpulse: [Int]
  /// By tick: the draw of a postsynaptic impulse that comes before the epoch has ended.
  public var yImpulseRepeat: [Int]

  /// Makes draws.
  public init(
    xDecay: [Double], yDecay: [Double], rounding: [Double], xImpulse: [Int], yImpulse: [Int],
    yImpulseRepeat: [Int]
  ) {
    (self.xDecay, self.yDecay, self.rounding) = (xDecay, yDecay, rounding)
    (self.xImpulse, self.yImpulse) = (xImpulse, yImpulse)
    self.yImpulseRepeat = yImpulseRepeat
  }
}

/// Registers to record: of a digital core, or of a learning engine.
public struct RegisterProbe: Equatable, Sendable {
  /// Which registers.
  ///
  /// Raw values are part of the wire format and stay.
  public enum Register: String, CaseIterable, Sendable {
    /// By neuron: current u, voltage v, summed input a, and spike (−1, 0, 1) of a digital core.
    case current, voltage, input, spike
    /// By axon or row pair of a plastic block: presynaptic traces.
    case x1, x2
    /// By neuron, or column of a plastic block: postsynaptic traces and factors.
    case y1, y2, y3, error, membrane
    /// The reward, one number.
    case reward
    /// By synapse, axon by axon (row pair by row pair): what a block or projection stores.
    case weight, delay, tag
  }

  /// Which registers.
  public var register: Register
  /// Position of the core in the image.
  public var core: Int
  /// Position of the projection (digital) or of the plastic block (analog) on the core, for
  /// registers that belong to one.
  public var part: Int
  /// Whether they are read after every tick, or once when a sample has ended.
  public var everyTick: Bool

  /// Makes a probe.
  public init(_ register: Register, core: Int, part: Int = 0, everyTick: Bool = false) {
    (self.register, self.core, self.part, self.everyTick) = (register, core, part, everyTick)
  }
}
