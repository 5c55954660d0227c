import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// Background sources: exact counts of regular ones, rate and independence of random ones.
@Suite struct BackgroundEventsTests {
  private let time: ChipTime

  init() throws { time = try ChipLibrary.chip("synapus-1").time }

  private func source(_ period: Int, _ probability: Int, seed: UInt32 = 1) -> BackgroundSource {
    BackgroundSource(targets: [], periodCycles: period, probability: probability, seed: seed)
  }

  /// The cycles of each source's events over so many ticks.
  private func cycles(_ sources: [BackgroundSource], ticks: Int) -> [[Int]] {
    var background = BackgroundEvents(sources, time: time)
    defer { background.deallocate() }
    var cycles = [[Int]](repeating: [], count: sources.count)
    for tick in 0..<ticks {
      for event in background.emit(tick: tick) {
        cycles[Int(event.source)].append(
          tick * time.cyclesPerTick + Int(event.phase) * time.cyclesPerTick / 64)
      }
    }
    #expect(background.sent == cycles.reduce(0) { $0 + $1.count })
    return cycles
  }

  @Test func regularSourcesKeepTheirPeriod() {
    let periods = [1, 3, 64, 100, 65_535]
    let found = cycles(periods.map { source($0, 256) }, ticks: 5000)
    for (period, cycles) in zip(periods, found) {
      let expected = Array(stride(from: period - 1, to: 5000 * time.cyclesPerTick, by: period))
      #expect(cycles == expected, "period \(period)")
    }
  }

  @Test(arguments: [1, 26, 128, 255])
  func randomSourcesHitTheirRate(probability: Int) {
    let periods = 200_000
    let found = cycles([source(16, probability, seed: 9)], ticks: periods * 16 / 64)[0]
    let p = Double(probability) / 256
    let sigma = (Double(periods) * p * (1 - p)).squareRoot()
    #expect(abs(Double(found.count) - Double(periods) * p) < 4 * sigma)
    #expect(found.allSatisfy { $0 % 16 == 15 })
  }

  @Test func intervalsAreGeometric() {
    let found = cycles([source(8, 64, seed: 4)], ticks: 40_000)[0]
    var counts = [Int](repeating: 0, count: 12)
    for (a, b) in zip(found, found.dropFirst()) where (b - a) / 8 <= 12 {
      counts[(b - a) / 8 - 1] += 1
    }
    var expected = Double(found.count - 1) * 0.25
    for count in counts {
      #expect(abs(Double(count) - expected) < 4.5 * expected.squareRoot())
      expected *= 0.75
    }
  }

  @Test func seedsAreIndependentAndRepeatable() {
    let sources = (0..<6).map { source(4, 128, seed: UInt32($0 * 7)) }
    let (once, again) = (cycles(sources, ticks: 2000), cycles(sources, ticks: 2000))
    #expect(once == again)
    let periods = 2000 * 16.0
    for a in 0..<6 {
      for b in 0..<a {
        let both = Set(once[a]).intersection(once[b]).count
        #expect(abs(Double(both) - periods / 4) < 4.5 * (periods * 3 / 16).squareRoot())
      }
    }
  }

  @Test func aNewSampleStartsOver() {
    var background = BackgroundEvents([source(5, 100)], time: time)
    defer { background.deallocate() }
    let first = (0..<50).map { Array(background.emit(tick: $0)) }
    background.reset()
    #expect(first == (0..<50).map { Array(background.emit(tick: $0)) })
    #expect(first.contains { !$0.isEmpty })
  }
}
