import HardwareSpec

/// A binary floating-point type whose nearest whole number can be read off its bits.
protocol StepReal: BinaryFloatingPoint {
  /// The nearest whole number, halves to even; the number must lie within ±127.
  ///
  /// Adding 1.5 · 2^(fraction bits) leaves the whole number in the lowest bits, in two's
  /// complement, rounded as the processor rounds. It is exact, needs no library call, and cannot
  /// trap.
  var nearestWhole: Int8 { get }
}

extension Float: StepReal {
  var nearestWhole: Int8 { Int8(truncatingIfNeeded: (self + 0x1.8p23).bitPattern) }
}

extension Double: StepReal {
  var nearestWhole: Int8 { Int8(truncatingIfNeeded: (self + 0x1.8p52).bitPattern) }
}

/// The rounding rule of ``Quantiser`` for one weight where charge goes with the stored weight.
struct StepRounding<Real: StepReal> {
  private let scale, largest, limit: Real
  private let firstOffset, offsetPerCopy: Real
  private let copies: Int

  init(copies: Int, weightPerStep: Double, largestWeight: Int) {
    scale = Real(1 / (Double(copies) * weightPerStep))
    largest = Real(largestWeight)
    limit = Real(largestWeight) + 0.5
    firstOffset = Real(0.5 / Double(copies) - 0.5)
    offsetPerCopy = Real(1 / Double(copies))
    self.copies = copies
  }

  /// One copy's step, and 1 if it had to be clipped; not-a-number becomes the lowest step.
  @inline(__always)
  func step(_ weight: Real, copy: Int) -> (value: Int8, clipped: Int32) {
    let raw = weight * scale + (firstOffset + Real(copy) * offsetPerCopy)
    let above = raw > -largest ? raw : -largest
    let inside = above < largest ? above : largest
    return (inside.nearestWhole, raw.magnitude < limit ? 0 : 1)
  }

  /// The steps of all copies together, and how many of them had to be clipped.
  @inline(__always)
  func sum(_ weight: Real) -> (steps: Int, clipped: Int) {
    var (steps, clipped) = (0, 0)
    for copy in 0..<copies {
      let step = step(weight, copy: copy)
      steps += Int(step.value)
      clipped += Int(step.clipped)
    }
    return (steps, clipped)
  }

  /// One copy's share of the steps of all copies: whole numbers as equal as can be.
  static func share(of steps: Int, copy: Int, copies: Int) -> Int {
    let sum = steps + copy
    return sum >= 0 ? sum / copies : -((copies - 1 - sum) / copies)
  }
}
