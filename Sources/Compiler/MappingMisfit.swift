/// Why a network does not fit the cores, links or chips that there are.
public enum MappingMisfit: Equatable, Sendable {
  /// A membrane of several circuits needs a larger gain of each than the DAC gives, in volts.
  case joinedGain(layer: String, circuits: Int, needed: Double, available: Double)
  /// Fewer groups of connected cores can be found on the mesh than joined neurons need.
  case connectedCores(layer: String, cores: Int, needed: Int, available: Int)
  /// Defects leave too few cores with so many columns and row pairs.
  case brokenCores(needed: Int, available: Int, columns: Int, pairs: Int)
  /// A part of the network cannot have the core that the user chose.
  case pinnedCore(layer: String, core: Int, fault: PinFault)
  /// Measured rates exceed what a link or a port takes, in events a tick.
  case overload(part: BusyPart, others: Int, needed: Double, available: Double)
  /// A network needs several chips of a kind that has no links.
  case noChipLinks(chip: String, needed: Int, available: Int)
  /// A network needs more chips than are joined.
  case chips(chip: String, needed: Int, available: Int)
  /// The copies of one sender exceed the row pairs of a core, on which they stay together.
  case copies(layer: String, needed: Int, available: Int)

  /// Why a part cannot have a core.
  public enum PinFault: String, Equatable, Sendable {
    /// Another part was given the core.
    case taken = "another part was given that core, or it is dead"
    /// The core's working columns and row pairs are too few.
    case tooSmall = "its defects leave too few columns or row pairs there"
    /// The cores beside it are not free.
    case notConnected = "no connected cores that hold it begin there"
  }
}

extension MappingMisfit {
  var code: String {
    switch self {
    case .joinedGain: return "E0335"
    case .connectedCores: return "E0336"
    case .brokenCores: return "E0337"
    case .pinnedCore: return "E0338"
    case .overload: return "E0339"
    case .noChipLinks: return "E0340"
    case .chips: return "E0341"
    case .copies: return "E0342"
    }
  }

  /// The layer at fault; empty when it is the network.
  var layer: String {
    switch self {
    case .joinedGain(let layer, _, _, _), .connectedCores(let layer, _, _, _),
      .pinnedCore(let layer, _, _), .copies(let layer, _, _):
      return layer
    case .brokenCores, .overload, .noChipLinks, .chips: return ""
    }
  }

  var message: String {
    switch self {
    case .joinedGain(let layer, let circuits, let needed, let available):
      return "layer '\(layer)' joins \(circuits) circuits to a neuron and needs gains of"
        + " \(needed.short) V; the chip's reach \(available.short) V"
    case .connectedCores(let layer, let cores, let needed, let available):
      return "layer '\(layer)' needs \(needed) groups of \(cores) connected cores; the mesh has"
        + " room for \(available)"
    case .brokenCores(let needed, let available, let columns, let pairs):
      return "the network needs \(needed) cores with up to \(columns) columns and \(pairs) row"
        + " pairs that work; the device's defects leave \(available)"
    case .pinnedCore(let layer, let core, let fault):
      return "layer '\(layer)' cannot have core \(core): \(fault.rawValue)"
    case .overload(let part, let others, let needed, let available):
      return "\(part) would carry \(needed.short) events a tick of the \(available.short) that it"
        + " takes" + (others > 0 ? ", and \(others) more parts are overloaded" : "")
    case .noChipLinks(let chip, let needed, let available):
      return "the network needs \(needed) cores; chip '\(chip)' has \(available), and its file"
        + " gives no links to other chips (network.chip_links)"
    case .chips(let chip, let needed, let available):
      return "the network needs \(needed) chips '\(chip)'; up to \(available) are joined"
    case .copies(let layer, let needed, let available):
      return "layer '\(layer)' needs \(needed) row pairs for the copies of one sender; a core has"
        + " \(available)"
    }
  }

  var remedy: String {
    switch self {
    case .joinedGain: return "use a smaller weight per step, or fewer inputs a neuron"
    case .connectedCores: return "use a larger mesh (--chip NAME-mesh-CxR), or fewer neurons"
    case .brokenCores:
      return "use a larger mesh (--chip NAME-mesh-CxR), or a device with fewer defects"
    case .pinnedCore: return "another core in the file of places, or none"
    case .overload: return "fewer events, fewer copies, or a mesh with more cores"
    case .noChipLinks:
      return
        "add network.chip_links to the chip's file, or --chip NAME-mesh-CxR, or --oversize parts"
    case .chips: return "a smaller network, or --oversize parts"
    case .copies: return "use fewer copies"
    }
  }

  /// The chip's part that runs short.
  var resource: String {
    switch self {
    case .joinedGain: return "gain"
    case .connectedCores: return "connected cores"
    case .brokenCores, .pinnedCore, .noChipLinks: return "cores"
    case .overload(.link, _, _, _): return "links"
    case .overload(.port, _, _, _): return "ports"
    case .chips: return "chips"
    case .copies: return "row pairs"
    }
  }

  /// How much is needed and how much there is.
  var amounts: (needed: Double, available: Double)? {
    switch self {
    case .joinedGain(_, _, let needed, let available), .overload(_, _, let needed, let available):
      return (needed, available)
    case .connectedCores(_, _, let needed, let available),
      .brokenCores(let needed, let available, _, _), .noChipLinks(_, let needed, let available),
      .chips(_, let needed, let available), .copies(_, let needed, let available):
      return (Double(needed), Double(available))
    case .pinnedCore: return nil
    }
  }
}

extension CompileLog {
  mutating func add(_ misfit: MappingMisfit) { add(.mapping(misfit)) }
}
