import ChipInterface
import HardwareSpec

/// Reading registers, at the end of a step; a projection's input is read as neurons take it.
extension DigitalRunner {
  /// Records the registers of a thread's cores.
  func probe(_ worker: DigitalWorker, _ run: Run, _ tick: Int) {
    for (i, probe) in run.registers.probes.enumerated() where worker.cores.contains(probe.core) {
      guard let values = run.registers.place(i, sample: run.sample, tick: tick) else { continue }
      read(probe, into: values, tick)
    }
  }

  /// Records what a core's neurons are about to take from single projections.
  func probeInputs(_ c: Int, _ run: Run, _ tick: Int) {
    for (i, probe) in run.registers.probes.enumerated()
    where probe.register == .input && probe.core == c {
      guard let values = run.registers.place(i, sample: run.sample, tick: tick) else { continue }
      readInput(c, image.partsOfCore[c].lowerBound + probe.part, into: values)
    }
  }

  private func readInput(_ c: Int, _ p: Int, into values: UnsafeMutablePointer<Double>) {
    let slot = parts[p].position
    guard parts[p].isDirty[slot] else { return }
    let lanes = parts[p].firstLane..<min(parts[p].firstLane + parts[p].lanes, cores[c].neuronCount)
    if let exact = parts[p].exactRing {
      let scale = Double(sign: .plus, exponent: Int(parts[p].exponent), significand: 1)
      for lane in lanes { values[lane] = exact[slot * parts[p].stride + lane] * scale }
      return
    }
    for lane in lanes {
      values[lane] = Double(
        CurrentBasedConstants.shifted(
          parts[p].ring[slot * parts[p].stride + lane], by: Int8(parts[p].exponent)))
    }
  }

  private func read(
    _ probe: RegisterProbe, into values: UnsafeMutablePointer<Double>, _ tick: Int
  ) {
    let c = probe.core
    switch probe.register {
    case .input: break
    case .current:
      for n in 0..<cores[c].neuronCount { values[n] = Double(cores[c].state.current[n]) }
    case .voltage: for n in 0..<cores[c].neuronCount { values[n] = Double(voltage(c, n)) }
    case .spike: readSpikes(c, into: values, tick)
    case .weight, .delay, .tag: readSynapses(probe, into: values)
    case .x1, .x2, .y1, .y2, .y3, .error, .membrane, .reward:
      engine?.read(probe.register, core: c, part: probe.part, into: values)
    }
  }

  private func voltage(_ c: Int, _ neuron: Int) -> Int32 {
    crossbars[c]?.potential(neuron) ?? cores[c].state.voltage[neuron]
  }

  private func readSpikes(_ c: Int, into values: UnsafeMutablePointer<Double>, _ tick: Int) {
    let (columns, signs, count) = cores[c].spikes(of: tick)
    for i in 0..<Int(count) {
      values[Int(columns[i])] = cores[c].isTernary ? Double(signs[i]) : 1
    }
  }

  /// Axon by axon, all neurons of the core; 0 where there is no synapse.
  private func readSynapses(_ probe: RegisterProbe, into values: UnsafeMutablePointer<Double>) {
    let p = image.partsOfCore[probe.core].lowerBound + probe.part
    guard image.partsOfCore[probe.core].contains(p), let synapses = image.parts[p].synapses else {
      return
    }
    let (projection, width) = (synapses.projection, cores[probe.core].neuronCount)
    if let plastic = synapses.plastic {
      plastic.forEachPlace { place in
        let (row, lane) = (place / plastic.lanes, place % plastic.lanes)
        values[row * width + plastic.firstColumn + lane] = plastic.number(probe.register, at: place)
      }
      return
    }
    for row in 0..<projection.axonCount {
      for s in Int(projection.starts[row])..<Int(projection.starts[row + 1]) {
        values[row * width + Int(projection.targets[s])] = Double(
          projection.number(probe.register, at: s))
      }
    }
  }
}

extension DigitalProjection {
  /// What a synapse stores under a register's name.
  fileprivate func number(_ register: RegisterProbe.Register, at synapse: Int) -> Int {
    switch register {
    case .delay: return delays.isEmpty ? 0 : Int(delays[synapse])
    case .tag: return tags.isEmpty ? 0 : Int(tags[synapse])
    default: return Int(weights[synapse])
    }
  }
}
