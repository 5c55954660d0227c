/// The unit of time of a VCD file: 1, 10 or 100 of a unit from s to fs.
struct VCDTimescale: Equatable, Sendable {
  /// For example `1 ns`.
  let text: String
  /// Units of one clock cycle.
  let unitsPerCycle: Int

  /// The coarsest scale on which a clock cycle is a whole number; else the finest there is.
  init(cycleSeconds: Double) {
    let units = [
      ("s", 1e0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("ps", 1e-12), ("fs", 1e-15),
    ]
    for (name, size) in units {
      for factor in [100, 10, 1] {
        let cycles = cycleSeconds / (size * Double(factor))
        let whole = cycles.rounded()
        if whole >= 1, abs(cycles - whole) < 1e-6 {
          (text, unitsPerCycle) = ("\(factor) \(name)", Int(whole))
          return
        }
      }
    }
    (text, unitsPerCycle) = ("1 fs", max(1, Int((cycleSeconds / 1e-15).rounded())))
  }
}
