import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The readable delivery of events: synapse by synapse, for the reference kernel, for spikes of −1,
/// and for weights that are real numbers.
extension DigitalRunner {
  /// Adds `sign` times the weights of each event's synapses to the sums of their steps.
  func addOneByOne(
    _ list: synapus_digital_list, _ p: Int, _ delay: Int32, _ worker: DigitalWorker, sign: Int32
  ) {
    if let crossbar = crossbars[parts[p].core] {
      return crossbar.deliver(list, delay: Int(delay))
    }
    guard let synapses = image.parts[p].synapses else { return }
    let slot = parts[p].slot(after: delay)
    if !synapses.isDelayed { parts[p].clearIfFresh(slot) }
    for i in 0..<Int(list.count) {
      let row = Int(list.axons[i]) - synapses.projection.firstAxon
      if let plastic = synapses.plastic {
        worker.synapticEvents += add(plastic, row: row, p, slot, sign, synapses)
      } else {
        add(synapses, row: row, p, slot, sign)
      }
    }
  }

  private func add(_ synapses: DigitalSynapses, row: Int, _ p: Int, _ slot: Int, _ sign: Int32) {
    let projection = synapses.projection
    for s in Int(projection.starts[row])..<Int(projection.starts[row + 1]) {
      let delay = synapses.isDelayed ? Int(projection.delays[s]) : 0
      let sum = sumPlace(p, slot, delay, column: Int(projection.targets[s]))
      parts[p].ring[sum] &+= sign &* Int32(projection.weights[s])
    }
  }

  /// Adds a plastic row as it is now; gives how many synapses are not 0.
  private func add(
    _ plastic: PlasticSynapses, row: Int, _ p: Int, _ slot: Int, _ sign: Int32,
    _ synapses: DigitalSynapses
  ) -> Int {
    var passed = 0
    for lane in 0..<plastic.lanes {
      let place = row * plastic.lanes + lane
      let isZero = plastic.exact.map { $0.weights[place] == 0 } ?? (plastic.weights[place] == 0)
      if isZero { continue }
      passed += 1
      let longest = Double(synapses.longestDelay)
      let stored = plastic.exact?.delays[place] ?? Double(plastic.delays[place])
      let delay = synapses.isDelayed ? Int(min(max(0, stored), longest)) : 0
      let sum = sumPlace(p, slot, delay, column: plastic.firstColumn + lane)
      if let exact = plastic.exact {
        parts[p].exactRing?[sum] += Double(sign) * exact.weights[place]
      } else {
        parts[p].ring[sum] &+= sign &* Int32(plastic.weights[place])
      }
    }
    return passed
  }

  /// Where the sum of a neuron stands for a step after `slot`.
  private func sumPlace(_ p: Int, _ slot: Int, _ delay: Int, column: Int) -> Int {
    (slot + delay) % parts[p].slots * parts[p].stride + column
  }
}
