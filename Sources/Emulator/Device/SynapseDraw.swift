import CEmulatorKernels
import HardwareSpec

/// The fixed pattern of one core's synapses: what makes equal stored weights unequal charges.
///
/// A synapse's charge is (its DAC's sum of bits) · (1 + its own error) · row driver · column. A
/// row's errors are drawn anew whenever they are asked for; nothing is kept.
struct SynapseDraw: Sendable {
  /// The charge of each stored weight on this core, in 2⁻⁸ effective steps.
  let law: [Int32]
  /// Bits whose errors are drawn for every synapse; 0 when the DACs are exact.
  let errorBits: Int
  /// Effective steps for one step of weight when the law is linear and exact; nil otherwise.
  let linearSteps: Int32?

  private let core: Int
  private let columns: Int
  private let sigma: Double
  private let rowAmplitude, rowPulse: Double
  private let columnFactors: [Double]
  fileprivate let bitScales: [Double]
  private let defects: CoreDefects
  private let draw: DeviceDraw

  init(_ draw: DeviceDraw, core: CoreOnChip) {
    let spec = draw.spec
    (self.draw, self.core, columns) = (draw, core.index, spec.geometry.circuitsPerCore)
    let isOn = draw.effects.contains(.synapse)
    let errors = isOn ? draw.spreads.synapseErrors : .none
    sigma = isOn ? draw.spreads.synapse : 0
    (rowAmplitude, rowPulse) = (errors.rowAmplitude, errors.rowPulse)
    columnFactors = (0..<columns).map { column in
      Self.factor(errors.columnGain, draw.generator(.columnGain, .local), core.index, column)
    }
    let steps = Double(spec.synapse.effectiveStepsPerWeight)
    errorBits = errors.dacBit > 0 ? spec.synapse.weightBits : 0
    bitScales = (0..<spec.synapse.weightBits).map { bit in
      256 * steps * errors.dacBit * Double(1 << bit).squareRoot()
    }
    law = Self.law(spec.synapse, errors, draw.generator(.coreBit, .block), core.index)
    let isExact = errorBits == 0 && errors.coreBit == 0 && spec.synapse.weightLaw == .linear
    linearSteps = isExact ? Int32(spec.synapse.effectiveStepsPerWeight) : nil
    defects = draw.defects(of: core)
  }

  /// 1 + σ·n, at least 0; 1 where σ is 0.
  private static func factor(
    _ sigma: Double, _ generator: CounterRandom, _ core: Int, _ index: Int
  ) -> Double {
    sigma > 0 ? max(0, 1 + sigma * generator.normal(core, index)) : 1
  }

  /// The charge of each stored weight; the base currents of a core's bits have errors of their own.
  private static func law(
    _ synapse: SynapseSpec, _ errors: SynapseErrorSpec, _ generator: CounterRandom, _ core: Int
  ) -> [Int32] {
    let bits = (0..<synapse.weightBits).map { bit in
      Double(1 << bit) * (factor(errors.coreBit, generator, core, bit) - 1)
    }
    return (0...synapse.largestWeight).map { weight in
      var charge = synapse.weightLaw.charge(weight)
      for bit in bits.indices where weight >> bit & 1 == 1 { charge += bits[bit] }
      return Int32((256 * Double(synapse.effectiveStepsPerWeight) * max(0, charge)).rounded())
    }
  }

  /// Writes the factors of a row's synapses, in 2⁻⁸; `normals` is memory for a row.
  func factors(
    row: Int, into factors: UnsafeMutablePointer<UInt16>, _ normals: UnsafeMutablePointer<Double>
  ) {
    if defects.isDead || defects.deadRows.contains(row) {
      return factors.update(repeating: 0, count: columns)
    }
    if sigma > 0 {
      let key = draw.generator(.synapse, .local).lineKey(core, row)
      synapus_line_normals(key, 0, Int32(columns), normals)
    } else {
      normals.update(repeating: 0, count: columns)
    }
    synapus_synapse_factors(normals, sigma, rowFactor(row), columnFactors, Int32(columns), factors)
    for synapse in deadSynapses(row) { factors[synapse.column] = 0 }
  }

  private func rowFactor(_ row: Int) -> Double {
    Self.factor(rowAmplitude, draw.generator(.rowAmplitude, .local), core, row / 2)
      * Self.factor(rowPulse, draw.generator(.rowPulse, .local), core, row)
  }

  private func deadSynapses(_ row: Int) -> ArraySlice<(row: Int, column: Int)> {
    let list = defects.deadSynapses
    guard let start = list.firstIndex(where: { $0.row == row }) else { return [] }
    return list[start...].prefix { $0.row == row }
  }

  /// Writes the errors of each bit of a row's DACs, one plane of `stride` a bit.
  func errors(
    row: Int, into errors: UnsafeMutablePointer<Int16>, stride: Int,
    _ normals: UnsafeMutablePointer<Double>
  ) {
    let key = draw.generator(.synapseBit, .local).lineKey(core, row)
    for bit in 0..<errorBits {
      synapus_line_normals(key, Int32(bit << 12), Int32(columns), normals)
      synapus_bit_errors(normals, bitScales[bit], Int32(columns), errors + bit * stride)
    }
  }
}

/// The plain statement of what the kernels draw and bake row by row, one synapse at a time.
extension DeviceDraw {
  /// The factor of one synapse's charge, in 2⁻⁸, its DAC's bits apart.
  public func synapseFactor(core: CoreOnChip, row: Int, column: Int) -> UInt16 {
    guard effects.contains(.synapse) else { return 256 }
    let errors = spreads.synapseErrors
    func factor(_ sigma: Double, _ parameter: Parameter, _ index: Int) -> Double {
      sigma > 0
        ? max(0, 1 + sigma * generator(parameter, .local).normal(core.index, index)) : 1
    }
    let own = 1 + spreads.synapse * generator(.synapse, .local).normal(core.index, row, column)
    let line =
      factor(errors.rowAmplitude, .rowAmplitude, row / 2) * factor(errors.rowPulse, .rowPulse, row)
    let whole = 256 * own * line * factor(errors.columnGain, .columnGain, column)
    return UInt16(min(max(0, whole), Double(SYNAPUS_LARGEST_FACTOR)).rounded())
  }

  /// The charge that a stored weight gives at one synapse, in effective steps, before it is rounded
  /// and clipped at 255; defects apart.
  public func charge(core: CoreOnChip, row: Int, column: Int, weight: Int) -> Double {
    let pattern = SynapseDraw(self, core: core)
    var charge = Int(pattern.law[weight])
    let bits = generator(.synapseBit, .local)
    for bit in 0..<pattern.errorBits where weight >> bit & 1 == 1 {
      let error = pattern.bitScales[bit] * bits.normal(core.index, row, column | bit << 12)
      charge += Int(min(max(error, -32_767), 32_767).rounded())
    }
    let factor = synapseFactor(core: core, row: row, column: column)
    return Double(max(0, charge) * Int(factor)) / 65_536
  }
}
