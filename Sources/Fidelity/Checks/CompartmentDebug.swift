import HardwareSpec
extension CompartmentChecks {
  public func debug() throws {
    for icc in interCompartmentTimes {
      for m in [1.5e-6, 5.12e-6, 60e-6] {
        for s in [0.3e-6, 2e-6, 10e-6] {
          let e = try postsynapticPotential(icc, m, s)
          print("PSP icc \(icc*1e6) m \(m*1e6) s \(s*1e6): \(e.code) \(e.attenuation)")
        }
      }
    }
    for count in [2, 4, 9, 16] { print("joined", count, try joined(count)) }
    for icc in [0.5e-6, 2e-6, 8e-6] {
      for r in [nil, 0.2e-6, 0.5e-6] { print("firing", icc, r ?? 0, try firing(icc, r)) }
    }
    for kind in Self.eventKinds {
      print(kind.name, "fewest", try fewestEvents(kind))
      print(try allOrNone(kind), try plateauLength(kind))
      print(try coincidence(kind))
    }
  }
}
