import ChipInterface
import HardwareSpec

/// The part of a thread in running a sample on digital cores.
final class DigitalWorker {
  /// The cores that this thread advances, by position among the cores in use.
  let cores: Range<Int>
  let routes: DigitalRoutes
  let spikes: RecordedSpikes
  /// The next input event, and where they end.
  var nextInput = 0, lastInput = 0
  /// Events at axons, and synapses passed, in the sample.
  var rowEvents = 0, synapticEvents = 0

  init(_ routes: DigitalRoutes) {
    (cores, self.routes) = (routes.cores, routes)
    spikes = RecordedSpikes()
  }

  func start(_ inputs: Range<Int>) {
    spikes.reset()
    (nextInput, lastInput) = (inputs.lowerBound, inputs.upperBound)
    (rowEvents, synapticEvents) = (0, 0)
  }
}
