import ChipInterface
import HardwareSpec

/// How one trace grows and decays.
///
/// A tick's decay keeps `e^(−1/τ)`, in 2⁻¹⁶, of the trace; what is lost of a whole number is
/// rounded up by chance, so that the mean decays as it should however small the number is.
struct EngineTrace: Sendable {
  /// Whether the trace can be anything but 0.
  let isOn: Bool
  /// Whole part of what a spike adds, and its fraction in 1/256.
  let impulse, impulseFraction: Int32
  /// What a tick leaves of the trace, as a number and in 2⁻¹⁶.
  let kept: Double
  let keptFraction: Int32
  /// What a spike adds, unrounded.
  let exactImpulse: Double
  /// The largest trace.
  let largest: Int32
  let trigger: TraceSettings.Trigger
  /// False but in tests.
  var decaysOnceAnEpoch = false

  init(_ settings: TraceSettings, largest: Int) {
    self.init(
      impulse: settings.impulse, timeConstant: settings.timeConstant, largest: largest,
      trigger: settings.trigger, isOn: settings.impulse != 0)
  }

  private init(
    impulse: Double, timeConstant: Double, largest: Int, trigger: TraceSettings.Trigger, isOn: Bool
  ) {
    self.isOn = isOn
    exactImpulse = impulse
    let whole = impulse.rounded(.down)
    self.impulse = Int32(min(whole, Double(largest) + 1))
    impulseFraction = Int32((256 * (impulse - whole)).rounded())
    kept = timeConstant > 0 ? DeterministicMath.exp(-1 / timeConstant) : 0
    keptFraction = Int32(min(65_535, (kept * 65_536).rounded()))
    (self.largest, self.trigger) = (Int32(largest), trigger)
  }

  /// A trace that graded events set: it hardly decays, and spikes add nothing.
  static func overwritten(largest: Int) -> EngineTrace {
    EngineTrace(impulse: 0, timeConstant: 65_535, largest: largest, trigger: .spikes, isOn: true)
  }

  /// The trace one tick later; `draw` is uniform in 0...65535.
  @inline(__always)
  func decayed(_ value: Int32, draw: Int32) -> Int32 {
    let product = value &* keptFraction
    return (product >> 16) &+ (draw < product & 0xFFFF ? 1 : 0)
  }

  /// The trace one tick later, at a place of the epoch from 1, for a recorded draw in [0, 1).
  func decayed(_ value: Int32, place: Int, draw: Double) -> Int32 {
    if decaysOnceAnEpoch, place > 1 { return value }
    let exact = Double(value) * kept
    let whole = exact.rounded(.down)
    return Int32(whole) + (draw < exact - whole ? 1 : 0)
  }

  /// The trace after a spike; `draw` is uniform in 0...255 (in recordings 0...127).
  @inline(__always)
  func increased(_ value: Int32, draw: Int32) -> Int32 {
    min(max(value &+ impulse &+ (draw < impulseFraction ? 1 : 0), 0), largest)
  }
}

/// How a factor that comes in graded events is kept: in 1/256, and smaller after every epoch.
struct GradedLaw: Sendable {
  /// What an epoch leaves of it, in 2⁻¹⁶, and as a number.
  let kept: Int64
  let exactKept: Double
  /// What the neuron's own spike adds.
  let ownSpike: Int32
  let subtractsMembrane: Bool

  init(_ settings: GradedSettings, epochTicks: Int) {
    exactKept =
      settings.timeConstant > 0
      ? DeterministicMath.exp(-Double(epochTicks) / settings.timeConstant) : 0
    kept = Int64((exactKept * 65_536).rounded())
    ownSpike = Int32(settings.ownSpike)
    subtractsMembrane = settings.subtractsMembrane
  }

  /// The sum at the start of the next epoch, in 1/256, rounded to nearest.
  @inline(__always)
  func decayed(_ sum: Int32) -> Int32 {
    kept == 0 ? 0 : Int32((Int64(sum) * kept + 0x8000) >> 16)
  }

  /// What a sum in 1/256 is as a whole number, rounded to nearest.
  @inline(__always)
  static func read(_ sum: Int32) -> Int32 { (sum &+ 128) >> 8 }

  /// The largest sum, in 1/256: further events saturate.
  static let limit: Int32 = 1 << 24

  /// A sum with one more event.
  @inline(__always)
  static func adding(_ value: Int32, to sum: Int32) -> Int32 {
    min(max(sum &+ min(max(value, -65_536), 65_535) << 8, -limit), limit)
  }
}
