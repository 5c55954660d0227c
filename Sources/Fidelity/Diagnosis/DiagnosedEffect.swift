import Emulator

/// One thing in which a chip differs from the float network that it was compiled from.
///
/// The order is that in which a diagnosis switches them on.
public enum DiagnosedEffect: String, CaseIterable, Sendable {
  /// Weights become whole steps.
  case quantisation
  /// Weights beyond the largest step become the largest.
  case clipping
  /// The image's weights are others than the compiler makes of the file: they were written since.
  case writtenWeights = "written-weights"
  /// Time constants, potentials and gains become DAC codes.
  case parameters
  /// Circuits advance on ticks, in fixed point.
  case ticks
  /// Circuits differ.
  case mismatch
  /// Synapses, row drivers and columns differ.
  case synapse
  /// Cells of the parameter DAC that hold one code pull it down.
  case crosstalk
  /// Cells of the parameter DAC are on their way to a new code.
  case settling
  /// Parts do not work.
  case defects
  /// What is constant within a trial.
  case trial
  /// Drift and temperature.
  case drift
  /// Noise of the membrane.
  case noise
  /// Jitter of inputs and spikes.
  case jitter
  /// Arbiters, links and ports let events wait, and lose some.
  case network = "event-loss"

  /// One clause, for people.
  public var words: String {
    switch self {
    case .quantisation: return "weights in whole steps"
    case .clipping: return "weights beyond the largest step are clipped"
    case .writtenWeights: return "weights were written after the compilation"
    case .parameters: return "time constants, potentials and gains are DAC codes"
    case .ticks: return "circuits advance on ticks, in fixed point"
    case .mismatch: return "circuits differ"
    case .synapse: return "synapses, row drivers and columns differ"
    case .crosstalk: return "DAC cells of one code pull it down"
    case .settling: return "DAC cells still settle"
    case .defects: return "parts do not work"
    case .trial: return "errors of this trial"
    case .drift: return "drift and temperature"
    case .noise: return "membranes are noisy"
    case .jitter: return "events come a tick early or late"
    case .network: return "events wait for arbiters, links and ports, or are lost there"
    }
  }

  /// The effects of a device that are steps of their own, in their order.
  static let ofDevices: [(effect: DiagnosedEffect, flag: Effects)] = [
    (.mismatch, .mismatch), (.synapse, .synapse), (.crosstalk, .crosstalk),
    (.settling, .settling), (.defects, .defects), (.trial, .trial), (.drift, .drift),
    (.noise, .noise), (.jitter, .jitter),
  ]
}
