import CEmulatorKernels

/// Mixes coupled circuits readably: the twin of the C functions, bit for bit.
package enum CouplingReference {
  /// As ``CircuitCoupling/mix(clusters:pending:state:)``.
  package static func mix(
    _ coupling: CircuitCoupling, clusters: Range<Int>,
    pending: UnsafePointer<UnsafeMutablePointer<Float>?>,
    state: UnsafePointer<UnsafeMutablePointer<Int32>?>
  ) {
    let cores = Cores(coupling: coupling, pending: pending, state: state)
    let starts = (coupling.runStarts, coupling.groupStarts)
    for run in starts.0[clusters.lowerBound]..<starts.0[clusters.upperBound] {
      cores.join(coupling.runs[run])
    }
    for group in starts.1[clusters.lowerBound]..<starts.1[clusters.upperBound] {
      cores.mix(coupling.groups[group])
    }
  }

  /// As ``CircuitCoupling/resetJoined(_:_:slot:state:)``.
  package static func resetJoined(
    _ coupling: CircuitCoupling, _ spikes: UnsafePointer<UInt32>, _ count: Int32, slot: Int,
    state: UnsafePointer<UnsafeMutablePointer<Int32>?>
  ) {
    for i in 0..<Int(count) {
      let lane = Int(spikes[i] >> 8)
      let number = Int(coupling.membranes(ofSlot: slot)[lane])
      guard number >= 0, let from = state[slot]?.advanced(by: KernelLayout.state(lane)) else {
        continue
      }
      let membrane = coupling.joined[number]
      for m in 0..<Int(membrane.members) {
        let member = coupling.members[Int(membrane.first_member) + m]
        guard let to = state[Int(member.slot)] else { continue }
        to[KernelLayout.state(Int(member.lane))] = from[0]
        to[KernelLayout.state(Int(member.lane)) + 48] = from[48]
      }
    }
  }

  /// The memory of one sample.
  private struct Cores {
    let coupling: CircuitCoupling
    let pending: UnsafePointer<UnsafeMutablePointer<Float>?>
    let state: UnsafePointer<UnsafeMutablePointer<Int32>?>

    /// Gives each membrane of a run the mean of its circuits.
    func join(_ run: synapus_joined_run) {
      for i in 0..<Int(run.lanes) {
        var sum: Float = 0
        for m in 0..<Int(run.members) {
          let member = coupling.members[Int(run.first_member) + m]
          sum += pending[Int(member.slot)]?[Int(member.lane) + i] ?? 0
        }
        for m in 0..<Int(run.members) {
          let member = coupling.members[Int(run.first_member) + m]
          pending[Int(member.slot)]?[Int(member.lane) + i] = sum * run.part
        }
      }
    }

    /// V′ = A·V + B·U with the matrices of the compartments that are held.
    func mix(_ group: synapus_compartment_group) {
      let count = Int(group.compartments)
      let parts = (0..<count).map { coupling.compartments[Int(group.first_compartment) + $0] }
      let start = parts.map { Float(number(of: $0, field: 0)) }
      let alone = parts.map(mean)
      let mask = parts.reduce(0) { mask, part in
        part.hold_bit >= 0 && number(of: part, field: 48) >= 64 ? mask | 1 << part.hold_bit : mask
      }
      let ofStart = coupling.numbers + Int(group.first_number) + 2 * mask * count * count
      for (c, part) in parts.enumerated() {
        var sum: Float = 0
        for k in 0..<count {
          sum += ofStart[c * count + k] * start[k]
          sum += ofStart[count * count + c * count + k] * alone[k]
        }
        let left = number(of: part, field: 48)
        if part.clamps != 0, (1..<64).contains(left) {
          sum = alone[c] + (sum - alone[c]) * (Float(64 - left) * 0.015625)
        }
        for m in 0..<Int(part.members) {
          let member = coupling.members[Int(part.first_member) + m]
          pending[Int(member.slot)]?[Int(member.lane)] = sum
        }
      }
    }

    /// A number of the state of a compartment's first circuit.
    private func number(of part: synapus_compartment, field: Int) -> Int32 {
      let member = coupling.members[Int(part.first_member)]
      return state[Int(member.slot)]?[KernelLayout.state(Int(member.lane)) + field] ?? 0
    }

    private func mean(_ part: synapus_compartment) -> Float {
      var sum: Float = 0
      for m in 0..<Int(part.members) {
        let member = coupling.members[Int(part.first_member) + m]
        sum += pending[Int(member.slot)]?[Int(member.lane)] ?? 0
      }
      return sum * part.part
    }
  }
}
