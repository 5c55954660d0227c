import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The neurons' part of a step.
extension DigitalRunner {
  /// Advances the cores of a thread, and records their spikes.
  func advance(_ worker: DigitalWorker, _ run: Run, _ tick: Int) {
    for c in worker.cores {
      cores[c].aim(at: tick)
      if let crossbar = crossbars[c] {
        cores[c].state.spike_count = crossbar.step(tick, kernel, into: cores[c].state.spikes)
      } else {
        step(c, run, tick)
      }
      if run.hasGraded { teach(c) }
      cores[c].keepCount(of: tick)
      if run.recordsSpikes {
        worker.spikes.append(
          cores[c].state.spikes, cores[c].state.spike_count,
          cycle: UInt32(truncatingIfNeeded: tick &* run.cyclesPerTick), cores + c)
      }
    }
    if run.recordsSpikes, workers.count > 1 { worker.spikes.endStep() }
  }

  private func step(_ c: Int, _ run: Run, _ tick: Int) {
    let core = cores + c
    if core.pointee.hasResets { resetRegisters(c, step: tick + 1) }
    core.pointee.state.input = takeInput(core)
    if !run.registers.isEmpty { probeInputs(c, run, tick) }
    if let functions = kernel.functions {
      functions.step(&core.pointee.neurons, &core.pointee.state)
    } else {
      stepReference(c)
    }
    for p in core.pointee.firstPart..<core.pointee.firstPart + core.pointee.partCount {
      parts[p].advance()
    }
  }

  /// The input of a core's neurons in this step.
  @inline(__always)
  private func takeInput(
    _ core: UnsafeMutablePointer<DigitalCoreMemory>
  ) -> UnsafePointer<Int32> {
    let first = core.pointee.firstPart
    if core.pointee.takesSums, parts[first].exactRing == nil {
      let slot = parts[first].position
      return UnsafePointer(
        parts[first].isDirty[slot] ? parts[first].sums(slot) : core.pointee.zeros)
    }
    var isFresh = true
    for p in first..<first + core.pointee.partCount where parts[p].isDirty[parts[p].position] {
      if isFresh { core.pointee.input.update(repeating: 0, count: core.pointee.lanes) }
      isFresh = false
      addInput(p, to: core.pointee.input)
    }
    return UnsafePointer(isFresh ? core.pointee.zeros : core.pointee.input)
  }

  /// Adds the shifted sums of one projection to neurons' inputs.
  func addInput(_ p: Int, to input: UnsafeMutablePointer<Int32>) {
    let part = parts + p
    let sums = part.pointee.sums(part.pointee.position)
    if let exact = part.pointee.exactRing {
      let start = part.pointee.position * part.pointee.stride + part.pointee.firstLane
      for lane in 0..<part.pointee.lanes {
        sums[lane] = Int32(max(-0x1p30, min(0x1p30, exact[start + lane].rounded(.down))))
      }
    }
    synapus_digital_shift_sums(
      input + part.pointee.firstLane, sums, part.pointee.exponent, Int32(part.pointee.lanes),
      false)
  }

  /// Zeroes the registers of neurons that reset themselves in this step, counted from 1.
  private func resetRegisters(_ c: Int, step: Int) {
    guard case .currentBased(let tables) = image.cores[c] else { return }
    for group in tables.resets where step % group.interval == group.offset {
      for column in group.columns {
        cores[c].state.current[column] = 0
        cores[c].state.voltage[column] = 0
      }
    }
  }

  private func stepReference(_ c: Int) {
    guard case .currentBased(let tables) = image.cores[c] else { return }
    let state = cores[c].state
    var count = 0
    for (lane, neuron) in tables.constants.enumerated() {
      var circuit = CurrentBasedCircuit(
        current: state.current[lane], voltage: state.voltage[lane],
        refractoryLeft: state.refractory_left[lane])
      let spike = circuit.step(neuron, input: state.input[lane])
      state.current[lane] = circuit.current
      state.voltage[lane] = circuit.voltage
      state.refractory_left[lane] = circuit.refractoryLeft
      if spike == 0 { continue }
      (state.spikes[count], state.signs[count]) = (UInt32(lane), spike)
      count += 1
    }
    cores[c].state.spike_count = Int32(count)
  }

  /// Makes the neurons that a teacher named fire, whatever their membranes do.
  private func teach(_ c: Int) {
    for taught in feed.taught where taught.core == c { teach(c, taught.column) }
  }

  private func teach(_ c: Int, _ column: Int) {
    let state = cores[c].state
    let count = Int(state.spike_count)
    var place = 0
    while place < count, state.spikes[place] < column { place += 1 }
    if place < count, state.spikes[place] == column {
      state.signs[place] = 1
      return
    }
    for i in stride(from: count, to: place, by: -1) {
      (state.spikes[i], state.signs[i]) = (state.spikes[i - 1], state.signs[i - 1])
    }
    (state.spikes[place], state.signs[place]) = (UInt32(column), 1)
    cores[c].state.spike_count = Int32(count + 1)
    fire(c, column)
  }

  /// Does to a neuron what a spike does.
  private func fire(_ c: Int, _ column: Int) {
    crossbars[c]?.obeyTeacher(column)
    guard case .currentBased(let tables) = image.cores[c] else { return }
    let state = cores[c].state
    var circuit = CurrentBasedCircuit(
      current: state.current[column], voltage: state.voltage[column],
      refractoryLeft: state.refractory_left[column])
    circuit.obeyTeacher(tables.constants[column])
    state.voltage[column] = circuit.voltage
    state.refractory_left[column] = circuit.refractoryLeft
  }
}
