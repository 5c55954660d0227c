import ChipInterface
import HardwareSpec

/// Holds the spike network against a judge that steps every clock cycle, and the judge against the
/// closed form of a queue.
public struct NetworkChecks {
  /// A network with the chip that it is on.
  struct Scene {
    var name: String
    var spec: ChipSpec
    var network: NetworkSpec
    var fanOut: Int

    /// The network with the kernel's limit out of play: the judge knows of no most events a tick.
    var comparesPorts: Bool {
      let each = spec.time.cyclesPerTick / spec.events.portCyclesPerEvent
      return network.busesPerCore * each <= 32
    }
  }

  /// Loads below and above what an output can pass.
  static let loads = [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 1.2, 1.6, 2.0]

  private let spec: ChipSpec

  /// Prepares the checks; networks of all kinds are derived from the chip's own numbers.
  public init(_ spec: ChipSpec) { self.spec = spec }

  /// Runs all checks.
  public func run() -> [FidelityCheck] {
    JudgeChecks(spec).run() + scenes.flatMap(check)
  }

  /// Meshes that lose and that hold back, a crossbar, and chips joined by links.
  var scenes: [Scene] {
    var small = spec
    (small.geometry.meshColumns, small.geometry.meshRows) = (4, 4)
    small.events.hopLatencyCycles = max(1, spec.events.hopLatencyCycles)
    let mesh = spec.network?.router == .mesh ? spec.network ?? .checked : .checked
    var loss = mesh
    loss.whenFull = .loss
    var held = mesh
    held.whenFull = .backPressure
    var chips = held
    chips.chips = ChipTileSpec(
      columns: 2, rows: 4, link: ServerSpec(cyclesPerEvent: 4, waitingEvents: 32),
      linkLatencyCycles: 40)
    var pair = small
    (pair.geometry.meshColumns, pair.geometry.meshRows) = (2, 1)
    var slow = pair
    slow.events.portCyclesPerEvent = 8
    return [
      Scene(name: "mesh, loss", spec: small, network: loss, fanOut: 1),
      Scene(name: "mesh, loss, multicast", spec: small, network: loss, fanOut: 4),
      Scene(name: "mesh, back-pressure", spec: small, network: held, fanOut: 1),
      Scene(name: "mesh, back-pressure, multicast", spec: small, network: held, fanOut: 4),
      Scene(name: "two chips", spec: small, network: chips, fanOut: 1),
      Scene(name: "crossbar", spec: pair, network: .checkedCrossbar, fanOut: 1),
      Scene(name: "crossbar, slow buses", spec: slow, network: .checkedCrossbar, fanOut: 1),
      Scene(name: "crossbar, multicast", spec: pair, network: .checkedCrossbar, fanOut: 2),
    ]
  }

  private func check(_ scene: Scene) -> [FidelityCheck] {
    var (latency, counts, losses, missing) = (0.0, 0.0, 0.0, 0.0)
    for (index, pattern) in patterns(scene).enumerated() {
      let traffic = NetworkTraffic(
        scene.spec, scene.network, pattern, fanOut: scene.fanOut, ticks: 48,
        seed: UInt64(index + 1))
      guard
        let found = NetworkComparison(
          scene.spec, scene.network, traffic, comparesPorts: scene.comparesPorts)
      else { continue }
      latency = max(latency, found.latencyError)
      if case .poisson(let load) = pattern, load < 1 {
        counts = max(counts, Double(found.countError))
      } else {
        losses = max(losses, found.lossError)
      }
      missing = max(missing, Double(found.missing))
    }
    let name = "spike network, \(scene.name)"
    return [
      FidelityCheck(name, "mean latency, relative", unit: "1", error: latency, bound: 0.05),
      FidelityCheck(name, "counts below saturation", unit: "events", error: counts, bound: 0),
      FidelityCheck(name, "loss above it, relative", unit: "1", error: losses, bound: 0.02),
      FidelityCheck(name, "events unaccounted for", unit: "events", error: missing, bound: 0),
    ]
  }

  private func patterns(_ scene: Scene) -> [NetworkTraffic.Pattern] {
    Self.loads.map { .poisson(load: $0) } + [
      .volleys(neurons: 8, spreadCycles: 1), .volleys(neurons: 64, spreadCycles: 4),
      .volleys(neurons: scene.spec.geometry.circuitsPerCore, spreadCycles: 1),
    ]
  }
}

extension NetworkSpec {
  /// A mesh to check where the chip has none.
  static let checked = NetworkSpec(
    router: .mesh, whenFull: .loss, arbitersPerCore: 1, arbiterCyclesPerEvent: 1,
    output: ServerSpec(cyclesPerEvent: 2, waitingEvents: 16),
    link: ServerSpec(cyclesPerEvent: 2, waitingEvents: 16), busesPerCore: 1,
    longestDelayTicks: 63, crossbar: nil, chips: nil)

  /// A crossbar after BrainScaleS-2: four arbiters and four buses a core.
  static let checkedCrossbar = NetworkSpec(
    router: .crossbar, whenFull: .loss, arbitersPerCore: 4, arbiterCyclesPerEvent: 2,
    output: ServerSpec(cyclesPerEvent: 1, waitingEvents: 1),
    link: ServerSpec(cyclesPerEvent: 1, waitingEvents: 4), busesPerCore: 4, longestDelayTicks: 0,
    crossbar: CrossbarSpec(inputs: 20, outputs: 12), chips: nil)
}
