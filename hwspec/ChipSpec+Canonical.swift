import Crypto

extension ChipSpec {
  /// The chip as a chip file without comments, keys in a fixed order: the form that is hashed.
  public var canonicalYAML: String {
    """
    format: synapus-chip/1
    name: \(name)
    summary: "\(summary)"
    geometry:
      mesh_columns: \(geometry.meshColumns)
      mesh_rows: \(geometry.meshRows)
      circuits_per_core: \(geometry.circuitsPerCore)
      synapse_rows_per_core: \(geometry.synapseRowsPerCore)
      circuits_per_block: \(geometry.circuitsPerBlock)
    time:
      clock_hertz: \(time.clockHertz)
      cycles_per_tick: \(time.cyclesPerTick)
      acceleration: \(time.acceleration)

    """ + (digital?.canonicalYAML ?? analogSections)
      + (circuits?.canonicalYAML ?? "") + (network?.canonicalYAML ?? "")
      + (coupling?.canonicalYAML ?? "") + (correlation?.canonicalYAML ?? "")
      + (energy?.canonicalYAML ?? "") + (learning?.canonicalYAML ?? "")
  }

  /// The sections that the file of a digital chip leaves out.
  private var analogSections: String {
    """
    synapse:
      weight_bits: \(synapse.weightBits)
      effective_steps_per_weight: \(synapse.effectiveStepsPerWeight)\(synapse.weightLaw.canonicalYAML)
    neuron:
      potential_volts: \(neuron.potential.canonicalYAML)
      membrane_time_seconds: \(neuron.membraneTime.canonicalYAML)
      synaptic_time_seconds: \(neuron.synapticTime.canonicalYAML)
      gain_volts_per_weight: \(neuron.gain.canonicalYAML)
      largest_refractory_count: \(neuron.largestRefractoryCount)
      input_saturation_weight: \(neuron.inputSaturation)
      rail_low_volts: \(neuron.railVolts.lowerBound)
      rail_high_volts: \(neuron.railVolts.upperBound)
    readout:
      bits: \(readout.bits)
      zero_volts: \(readout.zeroVolts)
      lsb_volts: \(readout.lsbVolts)
      sample_every_ticks: \(readout.sampleEveryTicks)
      noise_lsb: \(readout.noiseLSB)
    events:
      port_cycles_per_event: \(events.portCyclesPerEvent)
      port_waiting_events: \(events.portWaitingEvents)
      local_latency_cycles: \(events.localLatencyCycles)
      hop_latency_cycles: \(events.hopLatencyCycles)
    imperfections:
    \(imperfections.canonicalYAML)

    """
  }

  /// SHA-256 over the canonical form, in hexadecimal: comments and layout of the file do not count.
  public var hash: String { ContentHash.hexadecimal(of: Array(canonicalYAML.utf8)) }
}

extension ParameterLaw {
  var canonicalYAML: String {
    "{ law: \(shape.rawValue), at_zero: \(atZero), at_full: \(atFull), highest_code: \(highestCode) }"
  }
}

extension Spread {
  var canonicalYAML: String { "{ block: \(block), local: \(local) }" }
}

/// Names content by its SHA-256.
public enum ContentHash {
  /// The 64 hexadecimal digits of the bytes' SHA-256.
  public static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
    SHA256.hash(data: Array(bytes)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
