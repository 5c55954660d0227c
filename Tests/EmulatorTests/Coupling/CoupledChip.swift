import ChipInterface
import Emulator
import HardwareSpec
import TestSupport

/// Images with groups, and the memory that their coupling works on, without any circuit's kernel.
struct CoupledChip {
  let spec: ChipSpec
  let image: ChipImage
  let coupling: CircuitCoupling
  let pending: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  let state: UnsafeMutablePointer<UnsafeMutablePointer<Int32>?>
  let lanes = 256

  /// Puts groups on the first cores of a chip; the circuits of `firing` have their comparators on.
  init(
    _ groups: [CircuitGroup], cores: Int, firing: Set<CircuitOnChip> = [], on spec: ChipSpec,
    draw: ConductanceDraw = ConductanceDraw(chipSeed: 0, spread: 0),
    rates: (CircuitOnChip) -> MembraneRates = { _ in MembraneRates(free: 0.05, held: nil) }
  ) {
    self.spec = spec
    image = Self.image(groups, cores: cores, firing: firing, on: spec)
    coupling = CircuitCoupling(image, spec: spec, draw: draw, rates: rates)
    pending = .allocate(capacity: cores)
    state = .allocate(capacity: cores)
    for c in 0..<cores {
      pending[c] = .allocate(capacity: lanes)
      state[c] = .allocate(capacity: lanes * 4)
      pending[c]?.update(repeating: 0, count: lanes)
      state[c]?.update(repeating: 0, count: lanes * 4)
    }
  }

  static func image(
    _ groups: [CircuitGroup], cores: Int, firing: Set<CircuitOnChip> = [], on spec: ChipSpec
  ) -> ChipImage {
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash,
      cores: spec.geometry.cores.prefix(cores).map { core in
        CoreImage(
          core,
          circuits: (0..<spec.geometry.circuitsPerCore).map { column in
            let circuit = CircuitOnChip(core, column: column, on: spec.geometry)
            return settings(fires: circuit.map { firing.contains($0) } ?? false)
          }, on: spec.geometry)
      }, inputRoutes: [], spikeRoutes: [],
      io: ImageIO(
        network: "", populations: [], projections: [], durationTicks: 1, dt: 1, coding: "",
        readout: ReadoutRule(population: "", measure: .highestPotential)))
    image.groups = groups
    return image
  }

  private static func settings(fires: Bool) -> CircuitSettings {
    CircuitSettings(
      leak: 300, reset: 300, threshold: 450, membraneTime: 500, excitatoryTime: 500,
      inhibitoryTime: 500, excitatoryGain: 500, inhibitoryGain: 500, refractoryCount: 4,
      fires: fires)
  }

  func deallocate() {
    for c in image.cores.indices {
      pending[c]?.deallocate()
      state[c]?.deallocate()
    }
    pending.deallocate()
    state.deallocate()
  }

  /// Writes what the integration left, and what the state was.
  func set(_ slot: Int, _ lane: Int, start: Int32, held: Int32 = 0, alone: Float) {
    pending[slot]?[lane] = alone
    state[slot]?[lane / 16 * 64 + lane % 16] = start
    state[slot]?[lane / 16 * 64 + lane % 16 + 48] = held
  }

  func membrane(_ slot: Int, _ lane: Int) -> Float { pending[slot]?[lane] ?? .nan }

  func stored(_ slot: Int, _ lane: Int, _ field: Int) -> Int32 {
    state[slot]?[lane / 16 * 64 + lane % 16 + 16 * field] ?? -1
  }

  func mix(reference: Bool = false) {
    let all = 0..<coupling.clusters.count
    if reference {
      CouplingReference.mix(coupling, clusters: all, pending: pending, state: state)
    } else {
      coupling.mix(clusters: all, pending: pending, state: state)
    }
  }

  static func circuit(_ core: Int, _ column: Int, on spec: ChipSpec) throws -> CircuitOnChip {
    try required(
      CircuitOnChip(spec.geometry.cores[core], column: column, on: spec.geometry), "circuit")
  }
}

/// Compartments with steady currents by Runge and Kutta's fourth order, in small steps.
struct FineCompartments {
  /// Goal that each membrane alone would reach, its rate, and the flow between each two, per tick.
  var goals, rates: [Double]
  var flows: [[Double]]
  /// Compartments that a reset holds fast.
  var clamped: Set<Int> = []

  func advance(_ start: [Double], steps: Int = 4000) -> [Double] {
    let h = 1 / Double(steps)
    var v = start
    for _ in 0..<steps {
      let k1 = slope(v)
      let k2 = slope(zip(v, k1).map { $0 + h / 2 * $1 })
      let k3 = slope(zip(v, k2).map { $0 + h / 2 * $1 })
      let k4 = slope(zip(v, k3).map { $0 + h * $1 })
      for i in v.indices { v[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]) }
    }
    return v
  }

  private func slope(_ v: [Double]) -> [Double] {
    v.indices.map { i in
      if clamped.contains(i) { return 0 }
      return rates[i] * (goals[i] - v[i])
        + v.indices.reduce(0) { $0 + flows[i][$1] * (v[$1] - v[i]) }
    }
  }
}
