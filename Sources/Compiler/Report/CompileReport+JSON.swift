import Foundation

extension CompileReport {
  /// The report as one JSON object, keys in order.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}

extension CompileReport: Encodable {
  /// The version of the report's keys.
  ///
  /// 2: `neurons` counts circuits, `available` leaves out what is prohibited, `synapses` counts
  /// those that exist, `hops` counts senders with several delays once.
  public static let schemaVersion = 2

  private enum Key: String, CodingKey {
    case schema, network, chip, seed, file, resources, layers, cores, links, hops, energy, events
    case metrics, misfits, approximations, notes, passes
    case specHash = "spec_hash"
    case coresUsed = "cores_used"
    case worstLinkLoad = "worst_link_load"
    case estimatedLatencyCycles = "estimated_latency_cycles"
    case estimatedEnergyJoule = "estimated_energy_joule"
  }

  /// Writes the keys of `compile --report`; the energy is null where the chip file gives none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode("synapus-compile/\(Self.schemaVersion)", forKey: .schema)
    try container.encode(network, forKey: .network)
    try container.encode(file, forKey: .file)
    try container.encode(chip, forKey: .chip)
    try container.encode(specHash, forKey: .specHash)
    try container.encode(seed, forKey: .seed)
    try container.encode(coresUsed, forKey: .coresUsed)
    try container.encode(resources, forKey: .resources)
    try container.encode(layers, forKey: .layers)
    try container.encode(cores, forKey: .cores)
    try container.encode(links, forKey: .links)
    try container.encode(hops, forKey: .hops)
    try container.encode(worstLinkLoad, forKey: .worstLinkLoad)
    try container.encode(estimatedLatencyCycles, forKey: .estimatedLatencyCycles)
    try container.encode(estimatedEnergyJoule, forKey: .estimatedEnergyJoule)
    try container.encode(energy, forKey: .energy)
    try container.encode(events, forKey: .events)
    try container.encode(metrics, forKey: .metrics)
    try encodeWords(to: &container)
  }

  private func encodeWords(to container: inout KeyedEncodingContainer<Key>) throws {
    var list = container.nestedUnkeyedContainer(forKey: .misfits)
    for misfit in misfits { try list.encode(MisfitEntry(misfit, in: self)) }
    try container.encode(approximations, forKey: .approximations)
    try container.encode(notes, forKey: .notes)
    try container.encode(passes, forKey: .passes)
  }
}

extension CompileReport.Usage: Encodable {
  private enum Key: String, CodingKey { case used, fixed, prohibited, available, percent }

  /// Writes the counts and the share in per cent.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(used, forKey: .used)
    try container.encode(fixed, forKey: .fixed)
    try container.encode(prohibited, forKey: .prohibited)
    try container.encode(available, forKey: .available)
    try container.encode(share.isFinite ? 100 * share : nil, forKey: .percent)
  }
}

extension CompileReport.Layer: Encodable {
  private enum Key: String, CodingKey {
    case name, neurons, circuits, synapses, rows, cores, clipped, truncated, scale
    case sharedWeights = "shared_weights"
    case deadNeurons = "dead_neurons"
    case deadSenders = "dead_senders"
    case quantisationSNRdB = "quantisation_snr_db"
    case shortestTimeSteps = "min_tau_over_dt"
    case addedTicks = "added_ticks"
    case ratePerTick = "rate_per_tick"
  }

  /// Writes the keys of a layer; a ratio without rounding error is null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(neurons, forKey: .neurons)
    try container.encode(circuits, forKey: .circuits)
    try container.encode(synapses, forKey: .synapses)
    try container.encode(sharedWeights, forKey: .sharedWeights)
    try container.encode(rows, forKey: .rows)
    try container.encode(cores, forKey: .cores)
    try container.encode(clipped, forKey: .clipped)
    try container.encode(truncated, forKey: .truncated)
    try container.encode(deadNeurons, forKey: .deadNeurons)
    try container.encode(deadSenders, forKey: .deadSenders)
    try container.encode(quantisationSNRdB, forKey: .quantisationSNRdB)
    try container.encode(scale, forKey: .scale)
    try container.encode(shortestTimeSteps?.ifFinite, forKey: .shortestTimeSteps)
    try container.encode(addedTicks, forKey: .addedTicks)
    try container.encode(ratePerTick, forKey: .ratePerTick)
  }
}

extension CompileReport.Link: Encodable {
  private enum Key: String, CodingKey {
    case from, to, senders, load
    case eventsPerTick = "events_per_tick"
    case capacityPerTick = "capacity_per_tick"
  }

  /// Writes the link and its load; capacity and load are null where there is no bound.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(from, forKey: .from)
    try container.encode(to, forKey: .to)
    try container.encode(senders, forKey: .senders)
    try container.encode(eventsPerTick, forKey: .eventsPerTick)
    try container.encode(capacityPerTick, forKey: .capacityPerTick)
    try container.encode(load, forKey: .load)
  }
}

extension EventEstimate: Encodable {
  private enum Key: String, CodingKey {
    case rates, spikes, hops
    case inputEvents = "input_events"
    case rowEvents = "row_events"
    case synapticEvents = "synaptic_events"
  }

  /// Writes the events of a sample, and whether their rates were measured or assumed.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(isMeasured ? "measured" : "assumed", forKey: .rates)
    try container.encode(inputEvents, forKey: .inputEvents)
    try container.encode(spikes, forKey: .spikes)
    try container.encode(rowEvents, forKey: .rowEvents)
    try container.encode(synapticEvents, forKey: .synapticEvents)
    try container.encode(hops, forKey: .hops)
  }
}

extension Double {
  fileprivate var ifFinite: Double? { isFinite ? self : nil }
}
