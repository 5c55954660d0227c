extension NetworkSpec {
  private static let keys = [
    "router", "when_full", "arbiters_per_core", "arbiter_cycles_per_event",
    "output_cycles_per_event", "output_waiting_events", "link_cycles_per_event",
    "link_waiting_events", "buses_per_core", "longest_delay_ticks", "crossbar", "chips",
    "chip_links",
  ]

  /// Reads the section `network`; nil when the chip file leaves it out.
  init?(reading file: SectionReader) {
    guard file.has("network") else { return nil }
    let section = file.section("network", keys: Self.keys)
    let router = section.word("router", allowed: Router.allCases.map(\.rawValue))
    let whenFull = section.word("when_full", allowed: WhenFull.allCases.map(\.rawValue))
    self.init(
      router: Router(rawValue: router) ?? .mesh, whenFull: WhenFull(rawValue: whenFull) ?? .loss,
      arbitersPerCore: section.integer("arbiters_per_core", 1...16),
      arbiterCyclesPerEvent: section.integer("arbiter_cycles_per_event", 1...64),
      output: ServerSpec(reading: section, "output", slowest: 64),
      link: ServerSpec(reading: section, "link", slowest: 64),
      busesPerCore: section.integer("buses_per_core", 1...16),
      longestDelayTicks: section.integer("longest_delay_ticks", 0...255),
      crossbar: CrossbarSpec(reading: section), chips: ChipTileSpec(reading: section))
    chipLinks = ChipLinkSpec(reading: section)
    section.require(
      self.router == .mesh || chipLinks == nil,
      "network.chip_links is given for a crossbar; chips are joined to a mesh")
    section.require(
      self.router == .crossbar || crossbar == nil,
      "network.crossbar is given for a mesh; it needs 'router: crossbar'")
    section.require(
      self.router == .mesh || crossbar != nil,
      "'network.crossbar' is missing; 'router: crossbar' needs its inputs and outputs")
    section.require(
      self.router == .mesh || chips == nil,
      "network.chips is given for a crossbar; chips are tiles of a mesh")
  }

  /// The rules that join the network with geometry and events.
  func check(_ spec: ChipSpec, _ file: SectionReader) {
    let geometry = spec.geometry
    file.require(
      geometry.circuitsPerCore % arbitersPerCore == 0,
      "network.arbiters_per_core is \(arbitersPerCore); it must divide the"
        + " \(geometry.circuitsPerCore) circuits of a core")
    file.require(
      router == .crossbar || geometry.coreCount == 1 || spec.events.hopLatencyCycles >= 1,
      "events.hop_latency_cycles is 0; a link of network.router mesh takes at least 1 cycle")
    if let crossbar {
      let (ins, outs) = (
        geometry.coreCount * arbitersPerCore, geometry.coreCount * busesPerCore
      )
      file.require(
        crossbar.inputs >= ins && crossbar.outputs >= outs,
        "network.crossbar has \(crossbar.inputs) inputs and \(crossbar.outputs) outputs;"
          + " \(geometry.coreCount) cores need at least \(ins) and \(outs)")
    }
    if let chips {
      file.require(
        geometry.meshColumns % chips.columns == 0 && geometry.meshRows % chips.rows == 0,
        "network.chips are \(chips.columns) x \(chips.rows) cores; they must tile the mesh of"
          + " \(geometry.meshColumns) x \(geometry.meshRows)")
    }
  }

  /// The section as the canonical form has it.
  var canonicalYAML: String {
    var lines = """
      network:
        router: \(router.rawValue)
        when_full: \(whenFull.rawValue)
        arbiters_per_core: \(arbitersPerCore)
        arbiter_cycles_per_event: \(arbiterCyclesPerEvent)
        output_cycles_per_event: \(output.cyclesPerEvent)
        output_waiting_events: \(output.waitingEvents)
        link_cycles_per_event: \(link.cyclesPerEvent)
        link_waiting_events: \(link.waitingEvents)
        buses_per_core: \(busesPerCore)
        longest_delay_ticks: \(longestDelayTicks)

      """
    if let crossbar {
      lines += "  crossbar: { inputs: \(crossbar.inputs), outputs: \(crossbar.outputs) }\n"
    }
    if let chips {
      lines +=
        "  chips: { columns: \(chips.columns), rows: \(chips.rows),"
        + " link_cycles_per_event: \(chips.link.cyclesPerEvent),"
        + " link_waiting_events: \(chips.link.waitingEvents),"
        + " link_latency_cycles: \(chips.linkLatencyCycles) }\n"
    }
    if let chipLinks {
      lines +=
        "  chip_links: { cycles_per_event: \(chipLinks.link.cyclesPerEvent),"
        + " waiting_events: \(chipLinks.link.waitingEvents),"
        + " latency_cycles: \(chipLinks.latencyCycles) }\n"
    }
    return lines
  }
}

extension ServerSpec {
  fileprivate init(reading section: SectionReader, _ prefix: String, slowest: Int) {
    self.init(
      cyclesPerEvent: section.integer("\(prefix)_cycles_per_event", 1...slowest),
      waitingEvents: section.integer("\(prefix)_waiting_events", 1...4096))
  }
}

extension CrossbarSpec {
  fileprivate init?(reading network: SectionReader) {
    guard network.has("crossbar") else { return nil }
    let section = network.section("crossbar", keys: ["inputs", "outputs"])
    self.init(
      inputs: section.integer("inputs", 1...4096), outputs: section.integer("outputs", 1...4096))
  }
}

extension ChipTileSpec {
  fileprivate init?(reading network: SectionReader) {
    guard network.has("chips") else { return nil }
    let section = network.section(
      "chips",
      keys: [
        "columns", "rows", "link_cycles_per_event", "link_waiting_events", "link_latency_cycles",
      ])
    self.init(
      columns: section.integer("columns", 1...256), rows: section.integer("rows", 1...256),
      link: ServerSpec(reading: section, "link", slowest: 1024),
      linkLatencyCycles: section.integer("link_latency_cycles", 1...4096))
  }
}

extension ChipLinkSpec {
  fileprivate init?(reading network: SectionReader) {
    guard network.has("chip_links") else { return nil }
    let section = network.section(
      "chip_links", keys: ["cycles_per_event", "waiting_events", "latency_cycles"])
    self.init(
      link: ServerSpec(
        cyclesPerEvent: section.integer("cycles_per_event", 1...1024),
        waitingEvents: section.integer("waiting_events", 1...4096)),
      latencyCycles: section.integer("latency_cycles", 1...4096))
  }
}
