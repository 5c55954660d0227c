import HardwareSpec

/// The imperfections that can be switched on and off, each for itself.
public struct Effects: OptionSet, Sendable {
  /// One bit an effect.
  public let rawValue: UInt16

  /// Makes a set from its bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Differences between circuits: time constants, gains, potentials, refractory counters.
  public static let mismatch = Effects(rawValue: 1)
  /// The fixed-pattern errors of synapses, row drivers and columns.
  public static let synapse = Effects(rawValue: 2)
  /// Offset, slope, sampling phase and noise of the ADC's channels.
  public static let adc = Effects(rawValue: 4)
  /// Noise of the membrane.
  public static let noise = Effects(rawValue: 8)
  /// Jitter of input events and of spikes.
  public static let jitter = Effects(rawValue: 16)
  /// What is constant within a trial and differs between trials.
  public static let trial = Effects(rawValue: 32)
  /// Drift and temperature of the bias currents.
  public static let drift = Effects(rawValue: 64)
  /// Cells of the parameter DAC that hold one code pull it down.
  public static let crosstalk = Effects(rawValue: 128)
  /// Cells of the parameter DAC on the way to a new code.
  public static let settling = Effects(rawValue: 256)
  /// Parts that do not work.
  public static let defects = Effects(rawValue: 512)
  /// All effects; each is as strong as the chip file says, and most files leave some out.
  public static let all: Effects = [
    .mismatch, .synapse, .adc, .noise, .jitter, .trial, .drift, .crosstalk, .settling, .defects,
  ]

  /// Each effect with its name on the command line, in a fixed order.
  public static let names: [(name: String, effect: Effects)] = [
    ("mismatch", .mismatch), ("synapse", .synapse), ("adc", .adc), ("noise", .noise),
    ("jitter", .jitter), ("trial", .trial), ("drift", .drift), ("crosstalk", .crosstalk),
    ("settling", .settling), ("defects", .defects),
  ]

  /// The names of the effects that are on.
  public var list: [String] { Self.names.filter { contains($0.effect) }.map(\.name) }
}

/// Which device of its kind an emulated chip is, and how it is run.
public struct EmulationSettings: Equatable, Sendable {
  /// Which kernels advance the circuits.
  public enum Kernel: String, CaseIterable, Sendable {
    /// The fastest that the processor has.
    case auto
    /// The readable Swift circuits.
    case reference
    /// Plain C.
    case portable
    /// Vectors of eight circuits.
    case avx2
    /// Vectors of sixteen circuits.
    case avx512
  }

  /// The seed of the device: one seed is one chip.
  public var chipSeed: UInt64
  /// The seed of noise and jitter.
  public var trialSeed: UInt64
  /// A uniform mismatch in place of the chip file's own spreads; nil takes the file's.
  public var mismatch: Double?
  /// The imperfections that are on.
  public var effects: Effects
  /// Worker threads; samples of a mini-batch are shared out among them.
  public var threads: Int
  /// Which kernels advance the circuits.
  public var kernel: Kernel
  /// A uniform mismatch that a calibration has left, redrawn: excludes ``mismatch``.
  public var residual: Double?
  /// Broken parts beside those that the chip file's rates give.
  public var defects: DefectList
  /// A drift in place of the chip file's own.
  public var drift: DriftSpec?
  /// By how many kelvin the chip is warmer than when its constants were measured.
  public var temperature: Double
  /// Hardware time between the loading of an image and its runs, in seconds.
  public var settledSeconds: Double

  /// Nanoseconds of a digital chip's step, by estimate, for which one more thread is worth the
  /// waiting at barriers, even where other programs keep the processors busy.
  package var stepNanosecondsPerThread = 10_000.0

  /// Makes settings; by default the chip file's own spreads, all effects, one thread.
  public init(
    chipSeed: UInt64 = 0, trialSeed: UInt64 = 0, mismatch: Double? = nil, effects: Effects = .all,
    threads: Int = 1, kernel: Kernel = .auto, residual: Double? = nil,
    defects: DefectList = .none, drift: DriftSpec? = nil, temperature: Double = 0,
    settledSeconds: Double = .infinity
  ) {
    (self.chipSeed, self.trialSeed, self.mismatch) = (chipSeed, trialSeed, mismatch)
    (self.effects, self.threads, self.kernel) = (effects, max(1, threads), kernel)
    (self.residual, self.defects, self.drift) = (residual, defects, drift)
    (self.temperature, self.settledSeconds) = (temperature, settledSeconds)
  }
}
