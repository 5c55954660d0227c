import CEmulatorKernels

/// Where the kernels find the constants of joined circuits: the fields of their tables.
enum JoinedTables {
  private static let inputs = Int(SYNAPUS_JOINED_INPUTS), rare = Int(SYNAPUS_JOINED_RARE)
  private static let membranes = Int(SYNAPUS_JOINED_MEMBRANES)

  /// Writes one sign of a circuit's synapses; excitatory ones are sign 0, inhibitory ones 1.
  static func write(
    _ c: JoinedInput.Constants, _ lane: Int, sign: Int,
    inputs table: UnsafeMutablePointer<Float>, rare: UnsafeMutablePointer<Float>
  ) {
    for (field, number) in [
      (SYNAPUS_JOINED_LEFT_EXC, c.left), (SYNAPUS_JOINED_MEAN_EXC, c.mean),
      (SYNAPUS_JOINED_INJECT_EXC, c.inject.m1), (SYNAPUS_JOINED_ARRIVE0_EXC, c.arrive.m0),
      (SYNAPUS_JOINED_ARRIVE1_EXC, c.arrive.m1),
    ] {
      table[KernelLayout.index(lane, field: field + sign, of: inputs)] = number
    }
    for (field, number) in [
      (SYNAPUS_JOINED_LEVEL_EXC, c.level), (SYNAPUS_JOINED_INJECT2_EXC, c.inject.m2),
      (SYNAPUS_JOINED_ARRIVE2_EXC, c.arrive.m2),
    ] {
      rare[KernelLayout.index(lane, field: field + sign, of: Self.rare)] = number
    }
  }

  /// Reads one sign of a circuit's synapses.
  static func input(_ core: synapus_joined_core, _ lane: Int, sign: Int) -> JoinedInput.Constants {
    func often(_ field: Int) -> Float {
      core.inputs[KernelLayout.index(lane, field: field + sign, of: inputs)]
    }
    func seldom(_ field: Int) -> Float {
      core.rare[KernelLayout.index(lane, field: field + sign, of: rare)]
    }
    var c = JoinedInput.Constants()
    (c.left, c.mean) = (often(SYNAPUS_JOINED_LEFT_EXC), often(SYNAPUS_JOINED_MEAN_EXC))
    (c.inject.m0, c.inject.m1) = (1, often(SYNAPUS_JOINED_INJECT_EXC))
    c.arrive.m0 = often(SYNAPUS_JOINED_ARRIVE0_EXC)
    c.arrive.m1 = often(SYNAPUS_JOINED_ARRIVE1_EXC)
    c.inject.m2 = seldom(SYNAPUS_JOINED_INJECT2_EXC)
    c.arrive.m2 = seldom(SYNAPUS_JOINED_ARRIVE2_EXC)
    c.level = seldom(SYNAPUS_JOINED_LEVEL_EXC)
    return c
  }

  /// Writes a membrane; `lane` counts through the planes.
  static func write(
    _ c: JoinedMembrane.Constants, _ lane: Int, membranes table: UnsafeMutablePointer<Float>
  ) {
    for (field, number) in [
      (SYNAPUS_JOINED_REST, c.rest), (SYNAPUS_JOINED_RATE, c.rate), (SYNAPUS_JOINED_LOSS, c.loss),
      (SYNAPUS_JOINED_NOISE, c.noise), (SYNAPUS_JOINED_THRESHOLD, c.threshold),
      (SYNAPUS_JOINED_RESET, c.reset), (SYNAPUS_JOINED_REFRACTORY, c.refractory),
    ] {
      table[KernelLayout.index(lane, field: field, of: membranes)] = number
    }
  }

  /// Reads a membrane.
  static func membrane(_ cluster: synapus_joined_cluster, _ lane: Int) -> JoinedMembrane.Constants {
    func number(_ field: Int) -> Float {
      cluster.membranes[KernelLayout.index(lane, field: field, of: membranes)]
    }
    return JoinedMembrane.Constants(
      rest: number(SYNAPUS_JOINED_REST), rate: number(SYNAPUS_JOINED_RATE),
      loss: number(SYNAPUS_JOINED_LOSS), noise: number(SYNAPUS_JOINED_NOISE),
      threshold: number(SYNAPUS_JOINED_THRESHOLD), reset: number(SYNAPUS_JOINED_RESET),
      refractory: number(SYNAPUS_JOINED_REFRACTORY))
  }
}
