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

  /// As ``CircuitCoupling/spread(_:_:slot:pending:state:)``.
  package static func spread(
    _ coupling: CircuitCoupling, _ spikes: UnsafePointer<UInt32>, _ count: Int32, slot: Int,
    pending: UnsafePointer<UnsafeMutablePointer<Float>?>,
    state: UnsafePointer<UnsafeMutablePointer<Int32>?>
  ) {
    let cores = Cores(coupling: coupling, pending: pending, state: state)
    for i in 0..<Int(count) {
      let (lane, phase) = (Int(spikes[i] >> 8), Int(spikes[i] & 255))
      let number = Int(coupling.membranes(ofSlot: slot)[lane])
      if number < 0 { continue }
      let fired = coupling.compartments[number]
      let source = synapus_coupled_circuit(slot: Int32(slot), lane: Int32(lane))
      let (membrane, left) = (cores.number(source, field: 0), cores.number(source, field: 48))
      for member in cores.members(of: fired) {
        cores.set(member, field: 0, membrane)
        cores.set(member, field: 48, left)
      }
      if fired.group < 0 { continue }
      let fallen = (pending[slot]?[lane] ?? 0) - Float(membrane)
      cores.settle(number, left: 64 - phase, fallen: fallen)
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
      let (count, numbers) = (Int(group.compartments), coupling.numbers + Int(group.first_number))
      let parts = (0..<count).map { coupling.compartments[Int(group.first_compartment) + $0] }
      let start = parts.map { Float(number(first(of: $0), field: 0)) }
      let alone = parts.map(mean)
      let left = parts.map { $0.hold_bit >= 0 ? number(first(of: $0), field: 48) : 0 }
      let mask = zip(parts, left).reduce(0) { mask, next in
        next.1 >= 64 ? mask | 1 << Int(next.0.hold_bit) : mask
      }
      let ofStart = numbers + 2 * mask * count * count
      for (c, part) in parts.enumerated() {
        var sum: Float = 0
        for k in 0..<count {
          sum += ofStart[c * count + k] * start[k]
          sum += ofStart[count * count + c * count + k] * alone[k]
        }
        if (1..<64).contains(left[c]) {
          sum = alone[c] + (sum - alone[c]) * numbers[Int(part.tables + left[c])]
        }
        for member in members(of: part) { pending[Int(member.slot)]?[Int(member.lane)] = sum }
      }
    }

    /// What flows between a membrane and its neighbours after its spike: takes back what flowed
    /// from where the spike found it, and adds what flows to where its reset goes.
    func settle(_ fired: Int, left: Int, fallen: Float) {
      let source = coupling.compartments[fired]
      let group = coupling.groups[Int(source.group)]
      let taken = coupling.numbers + Int(group.first_number + source.tables) + 64 + left - 1
      let given = taken + 64 * Int(group.compartments)
      let path = Float(number(first(of: source), field: 0)) + fallen * 0.5
      var flow: Float = 0
      for c in 0..<Int(group.compartments) where Int(group.first_compartment) + c != fired {
        let part = coupling.compartments[Int(group.first_compartment) + c]
        flow += given[64 * c] * (Float(number(first(of: part), field: 0)) - path)
        if number(first(of: part), field: 48) == 0 { shift(part, by: -(fallen * taken[64 * c])) }
      }
      shift(source, by: flow)
    }

    /// Moves a membrane by the nearest whole count.
    private func shift(_ part: synapus_compartment, by difference: Float) {
      let counts = Int32(difference + (difference < 0 ? -0.5 : 0.5))
      for member in members(of: part) {
        set(member, field: 0, number(member, field: 0) + counts)
      }
    }

    func members(of part: synapus_compartment) -> UnsafeBufferPointer<synapus_coupled_circuit> {
      UnsafeBufferPointer(
        start: coupling.members + Int(part.first_member), count: Int(part.members))
    }

    /// A number of a circuit's state.
    func number(_ circuit: synapus_coupled_circuit, field: Int) -> Int32 {
      state[Int(circuit.slot)]?[KernelLayout.state(Int(circuit.lane)) + field] ?? 0
    }

    func set(_ circuit: synapus_coupled_circuit, field: Int, _ number: Int32) {
      state[Int(circuit.slot)]?[KernelLayout.state(Int(circuit.lane)) + field] = number
    }

    private func first(of part: synapus_compartment) -> synapus_coupled_circuit {
      coupling.members[Int(part.first_member)]
    }

    private func mean(_ part: synapus_compartment) -> Float {
      var sum: Float = 0
      for member in members(of: part) { sum += pending[Int(member.slot)]?[Int(member.lane)] ?? 0 }
      return sum * part.part
    }
  }
}
