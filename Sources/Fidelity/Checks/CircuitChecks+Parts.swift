import ChipInterface
import Foundation
import HardwareSpec

/// Conductances, reset, threshold and input stage.
extension CircuitChecks {
  // MARK: Conductance-based synapses

  /// PSPs of conductances up to three times the leak's, over time constants from ten ticks on.
  func conductances() throws -> [FidelityCheck] {
    var worst = 0.0
    for membrane in [2.56e-6, 5.12e-6, 20e-6, 60e-6] {
      for synaptic in [0.3e-6, 1e-6, 5.12e-6, 30e-6] {
        for weight in [spec.synapse.largestWeight, spec.synapse.largestWeight / 3] {
          worst = max(worst, try conductance(membrane, synaptic, weight))
        }
      }
    }
    return [
      FidelityCheck(
        label("COBA PSP, tau_mem 2.5..60 us, tau_syn 0.3..30 us"), "membrane", unit: "ADC codes",
        error: worst, bound: 0.5)
    ]
  }

  private func conductance(
    _ membrane: Double, _ synaptic: Double, _ weight: Int
  ) throws -> Double {
    let tick = spec.time.tickSeconds
    var wanted = NominalCircuit(
      leak: 0.6, reset: 0.6, threshold: 1.0, membraneTicks: membrane / tick,
      excitatoryTicks: synaptic / tick, inhibitoryTicks: synaptic / tick, excitatoryGain: 1e-3,
      inhibitoryGain: 1e-3, refractoryTicks: 1, fires: false)
    // A full synapse opens as much as the leak.
    let strength = 1 / Double(spec.synapse.largestWeight)
    wanted.options.excitatory = .init(reversal: 0.9, perWeight: strength)
    wanted.options.inhibitory = .init(reversal: 0.35, perWeight: strength)
    let (settings, nominal) = circuit(wanted)
    var drive = Drive()
    let cycles = spec.time.cyclesPerTick
    for (phase, sign) in [(8, 1), (72, 1), (145, -1), (290, -1), (291 + 64, 1), (500, 1)] {
      drive.add(sign * weight, at: phase * cycles / 64)
    }
    let ticks = 8 + Int(min(400, 4 * (membrane + synaptic) / tick)) + 8
    var judge = SolvedNeuron(nominal, on: spec)
    let expected = judge.run(inputs(drive), ticks: ticks)
    return worstCode(try run(settings, drive, ticks: ticks).trace, expected)
  }

  // MARK: Reset through a conductance

  /// Intervals of a neuron above threshold against their closed form, over reset times.
  func conductanceReset() throws -> [FidelityCheck] {
    var (worstInterval, worstTrace) = (0.0, 0.0)
    for reset in [0.1e-6, 0.5e-6, 2e-6] {
      for membrane in [2e-6, 10e-6, 40e-6] {
        for refractory in [2, 7] {
          let error = try conductanceReset(reset, membrane, refractory)
          worstInterval = max(worstInterval, error.interval)
          worstTrace = max(worstTrace, error.trace)
        }
      }
    }
    return [
      FidelityCheck(
        label("reset through a conductance, comparator delay"),
        "inter-spike interval, closed form", unit: "ticks", error: worstInterval, bound: 0.35),
      FidelityCheck(
        label("reset through a conductance, comparator delay"), "potential at release",
        unit: "ADC codes", error: worstTrace, bound: 0.5),
    ]
  }

  private func conductanceReset(
    _ reset: Double, _ membrane: Double, _ refractory: Int
  ) throws -> (interval: Double, trace: Double) {
    let tick = spec.time.tickSeconds
    var wanted = NominalCircuit(
      leak: 0.75, reset: 0.4, threshold: 0.6, membraneTicks: membrane / tick, excitatoryTicks: 20,
      inhibitoryTicks: 20, excitatoryGain: 1e-3, inhibitoryGain: 1e-3, refractoryTicks: refractory,
      fires: true)
    wanted.options.reset = .init(ticks: reset / tick, comparatorDelay: 0)
    let (settings, nominal) = circuit(wanted)
    let (period, released) = closedForm(nominal)
    let ticks = Int(18 * period) + 40
    var found = try run(settings, Drive(), ticks: ticks)
    // The membrane rests above the threshold: a slow reset needs some spikes until it repeats.
    found.spikes = Array(found.spikes.dropFirst(8))
    let intervals = zip(found.spikes, found.spikes.dropFirst()).map { abs($1 - $0 - period) }
    guard intervals.count > 4 else { return (.infinity, .infinity) }
    // The potential one tick and more after release, on the free membrane's own path.
    let errors = zip(found.spikes, found.spikes.dropFirst()).compactMap { spike, next -> Double? in
      let release = spike + Double(nominal.refractoryTicks)
      let sample = Int(release.rounded(.up))
      guard sample <= found.trace.count, Double(sample) < next else { return nil }
      let free = Double(sample) - release
      let expected =
        nominal.leak + (released - nominal.leak) * exp(-free / nominal.membraneTicks)
      let slope = abs(released - nominal.leak) / nominal.membraneTicks
      // A spike is stamped with whole cycles: it may be off by half of one.
      let slack = slope * 0.5 / Double(spec.time.cyclesPerTick)
      return max(0, abs(found.trace[sample - 1] - expected) - slack) / spec.readout.lsbVolts
    }
    return (intervals.max() ?? .infinity, errors.max() ?? .infinity)
  }

  /// The interval, and the potential at which the membrane is released.
  private func closedForm(_ c: NominalCircuit) -> (period: Double, released: Double) {
    let (tau, delay) = (c.membraneTicks, c.options.reset?.comparatorDelay ?? 0)
    let pull = 1 / (c.options.reset?.ticks ?? 1)
    let top = c.leak + (c.threshold - c.leak) * exp(-delay / tau)
    let both = 1 / tau + pull
    let aim = (c.leak / tau + c.reset * pull) / both
    let released = aim + (top - aim) * exp(-both * Double(c.refractoryTicks))
    let rise = tau * log((c.leak - released) / (c.leak - c.threshold))
    return (rise + delay + Double(c.refractoryTicks), released)
  }

  // MARK: Adaptive threshold

  /// Intervals under a constant current while the threshold climbs.
  func adaptiveThreshold() throws -> [FidelityCheck] {
    var worst = 0.0
    for (increment, time) in [(0.02, 10e-6), (0.05, 30e-6), (0.03, 200e-6)] {
      for membrane in [2e-6, 10e-6] {
        var wanted = NominalCircuit(
          leak: 0.8, reset: 0.4, threshold: 0.55, membraneTicks: membrane / spec.time.tickSeconds,
          excitatoryTicks: 20, inhibitoryTicks: 20, excitatoryGain: 1e-3, inhibitoryGain: 1e-3,
          refractoryTicks: 2, fires: true)
        wanted.options.thresholdAdaptation = .init(
          increment: increment, ticks: time / spec.time.tickSeconds)
        let (settings, nominal) = circuit(wanted)
        var judge = SolvedNeuron(nominal, on: spec)
        _ = judge.run([], ticks: 1200)
        let found = try run(settings, Drive(), ticks: 1200).spikes
        worst = max(worst, worstInterval(found, judge.spikes))
      }
    }
    return [
      FidelityCheck(
        label("adaptive threshold"), "inter-spike interval, all", unit: "ticks", error: worst,
        bound: 0.5)
    ]
  }

  // MARK: Input stage

  /// PSPs of volleys of 14 full synapses, beyond the levels of a soft input stage, of either sign.
  func inputStage() throws -> [FidelityCheck] {
    var soft = spec
    if soft.circuits?.inputStage == nil {
      let full = Double(spec.synapse.largestWeight)
      soft.circuits?.inputStage = .init(excitatoryLevel: 20 * full, inhibitoryLevel: 7 * full)
    }
    let checks = CircuitChecks(soft, kernel: kernel)
    var worst = 0.0
    for membrane in [1.5e-6, 5.12e-6, 40e-6] {
      for synaptic in [0.5e-6, 5.12e-6, 30e-6] {
        for sign in [1, -1] {
          worst = max(worst, try checks.saturatedPotential(membrane, synaptic, sign))
        }
      }
    }
    return [
      FidelityCheck(
        label("soft input stage, volleys of 14 full synapses"), "membrane, relative to the extreme",
        unit: "1", error: worst, bound: 0.05)
    ]
  }

  private func saturatedPotential(
    _ membrane: Double, _ synaptic: Double, _ sign: Int
  ) throws -> Double {
    let tick = spec.time.tickSeconds
    // All events together lift the membrane by about 80 codes.
    let peak = min(1, synaptic / membrane) * 7 * Double(spec.synapse.largestWeight)
    let gain = 80 * spec.readout.lsbVolts / peak
    let (settings, nominal) = circuit(
      NominalCircuit(
        leak: 0.6, reset: 0.6, threshold: 1.0, membraneTicks: membrane / tick,
        excitatoryTicks: synaptic / tick, inhibitoryTicks: synaptic / tick, excitatoryGain: gain,
        inhibitoryGain: gain, refractoryTicks: 1, fires: false))
    var drive = Drive()
    let (cycles, port) = (spec.time.cyclesPerTick, max(2, spec.events.portCyclesPerEvent))
    for i in 0..<14 { drive.add(sign * spec.synapse.largestWeight, at: cycles + i * port) }
    let ticks = 8 + Int(min(400, 4 * (membrane + synaptic) / tick))
    var judge = SolvedNeuron(nominal, on: spec)
    let expected = judge.run(inputs(drive), ticks: ticks)
    let extreme = expected.map { abs($0 - nominal.leak) }.max() ?? 0
    let error = worstCode(try run(settings, drive, ticks: ticks).trace, expected)
    return error * spec.readout.lsbVolts / extreme
  }
}
