import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import Testing

/// Correlation sensors against sums of `A·e^(−Δ/τ)` over nearest-neighbour pairs.
@Suite struct CorrelationSensorTests {
  private let spec: ChipSpec
  private let sensors: CorrelationSpec

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    sensors = try #require(spec.correlation)
  }

  private func array(
    seed: UInt64 = 0, mismatch: Bool = false,
    trim: (Int, Int) -> SensorTrim = { _, _ in SensorTrim() }
  ) -> SensorArray {
    SensorArray(
      spec.geometry.cores[0], geometry: spec.geometry, time: spec.time, sensors: sensors,
      draw: SensorDraw(chipSeed: seed, isOn: mismatch), trim: trim)
  }

  /// Time constant in 1/64 tick.
  private var tau: Double { sensors.timeConstantSeconds / spec.time.tickSeconds * 64 }

  @Test func pairsAtOneDistanceAddUp() {
    let sensing = CorrelationSensors(array())
    for pairs in [1, 2, 7, 40] {
      for distance in [0, 5, 300, 4000] as [Int32] {
        sensing.reset()
        var time: Int32 = 10
        for _ in 0..<pairs {
          sensing.preEvent(pair: 3, time: time)
          sensing.postSpike(column: 9, time: time + distance)
          time += 100_000
        }
        let expected =
          Double(pairs) * sensors.amplitudeCodes * Foundation.exp(-Double(distance) / tau)
        for row in [6, 7] {
          let found = sensing.charge(.causal, row: row, column: 9)
          #expect(abs(found - expected) < 1e-4 * Double(pairs), "\(pairs) at \(distance)")
          #expect(sensing.charge(.acausal, row: row, column: 9) < 1e-3)
        }
        #expect(sensing.charge(.causal, row: 5, column: 9) == 0)
      }
    }
  }

  @Test func anEventAfterASpikeIsAcausal() {
    let sensing = CorrelationSensors(array())
    sensing.postSpike(column: 200, time: 50)
    sensing.preEvent(pair: 0, time: 250)
    let expected = sensors.amplitudeCodes * Foundation.exp(-200 / tau)
    #expect(abs(sensing.charge(.acausal, row: 0, column: 200) - expected) < 1e-4)
    #expect(sensing.charge(.causal, row: 0, column: 200) == 0)
  }

  @Test func onlyNearestNeighboursPair() {
    let sensing = CorrelationSensors(array())
    for time in [100, 200, 300] as [Int32] { sensing.preEvent(pair: 1, time: time) }
    sensing.postSpike(column: 0, time: 340)
    let first = sensors.amplitudeCodes * Foundation.exp(-40 / tau)
    #expect(abs(sensing.charge(.causal, row: 2, column: 0) - first) < 1e-4)
    // The second spike has had no event since the first: it pairs with nothing.
    sensing.postSpike(column: 0, time: 380)
    #expect(abs(sensing.charge(.causal, row: 2, column: 0) - first) < 1e-4)
    // Both spikes precede this event; only the later counts, and only once.
    sensing.preEvent(pair: 1, time: 400)
    sensing.preEvent(pair: 1, time: 410)
    let back = sensors.amplitudeCodes * Foundation.exp(-20 / tau)
    #expect(abs(sensing.charge(.acausal, row: 2, column: 0) - back) < 1e-4)
  }

  @Test func accumulatorsSaturateAndReadingEmptiesThem() {
    let sensing = CorrelationSensors(array())
    for pair in 0..<1000 {
      sensing.preEvent(pair: 2, time: Int32(pair * 10_000))
      sensing.postSpike(column: 4, time: Int32(pair * 10_000))
    }
    var codes = [UInt8](repeating: 1, count: 2 * 2 * 256)
    sensing.read(rows: 4..<6, into: &codes)
    #expect(codes[4] == 255 && codes[256 + 4] == 255)
    #expect(codes.indices.allSatisfy { $0 == 4 || $0 == 260 || $0 >= 512 || codes[$0] == 0 })
    sensing.read(rows: 4..<6, into: &codes)
    #expect(codes.allSatisfy { $0 == 0 })
  }

  @Test func eventsOfATickPairInTheOrderOfTheirPhases() {
    let sensing = CorrelationSensors(array())
    // The event comes after one spike and before the other.
    let events: [UInt32] = [7 << 8 | 30]
    let spikes: [UInt32] = [1 << 8 | 50, 2 << 8 | 10, 3 << 8 | 30]
    sensing.observe(tick: 5, events: events, 1, spikes: spikes, 3)
    let twenty = sensors.amplitudeCodes * Foundation.exp(-20 / tau)
    #expect(abs(sensing.charge(.causal, row: 14, column: 1) - twenty) < 1e-4)
    #expect(abs(sensing.charge(.acausal, row: 14, column: 2) - twenty) < 1e-4)
    #expect(abs(sensing.charge(.causal, row: 14, column: 3) - sensors.amplitudeCodes) < 1e-4)
    #expect(sensing.charge(.acausal, row: 14, column: 3) == 0)
  }

  @Test(arguments: 0..<4)
  func randomTrainsFollowTheDirectSum(seed: Int) {
    let array = array(seed: UInt64(seed), mismatch: true)
    let (fast, slow) = (CorrelationSensors(array), CorrelationSensors(array, reference: true))
    var random = SequentialRandom(seed: UInt64(seed), stream: 303)
    // Times in 1/64 tick: few enough sensors for a direct sum over all pairs.
    var (events, spikes): ([Int: [Int]], [Int: [Int]]) = ([:], [:])
    for tick in 0..<400 {
      var (now, fired): ([UInt32], [UInt32]) = ([], [])
      for pair in 0..<256 where random.uniform() < 0.01 {
        now.append(UInt32(pair) << 8 | UInt32(random.next() % 64))
      }
      for column in 0..<256 where random.uniform() < 0.03 {
        fired.append(UInt32(column) << 8 | UInt32(random.next() % 64))
      }
      for sensing in [fast, slow] {
        sensing.observe(tick: tick, events: now, now.count, spikes: fired, fired.count)
      }
      for event in now { events[Int(event >> 8), default: []].append(tick * 64 + Int(event & 63)) }
      for spike in fired {
        spikes[Int(spike >> 8), default: []].append(tick * 64 + Int(spike & 63))
      }
    }
    var compared = 0
    for row in stride(from: 0, to: 512, by: 3) {
      for column in stride(from: 0, to: 256, by: 5) {
        for sign in CorrelationSign.allCases {
          let found = fast.charge(sign, row: row, column: column)
          #expect(found == slow.charge(sign, row: row, column: column), "seed \(seed)")
          let expected = Self.directSum(
            sign, events[row / 2] ?? [], spikes[column] ?? [],
            array.parameters(sign, row: row, column: column))
          #expect(abs(found - min(expected, 255.99)) < 0.01, "seed \(seed) \(row) \(column)")
          compared += expected > 0 ? 1 : 0
        }
      }
    }
    #expect(compared > 10_000, "seed \(seed)")
  }

  /// The sum over nearest-neighbour pairs, straight from their definition.
  private static func directSum(
    _ sign: CorrelationSign, _ events: [Int], _ spikes: [Int],
    _ sensor: (ticks: Double, codes: Double)
  ) -> Double {
    let (later, earlier) = sign == .causal ? (spikes, events) : (events, spikes)
    var (sum, previous) = (0.0, Int.min)
    for time in later {
      // At one time the event comes first: it is the spike's, and the spike not the event's.
      let since = earlier.filter {
        sign == .causal ? $0 <= time && $0 > previous : $0 < time && $0 >= previous
      }
      if let last = since.last {
        sum += sensor.codes * Foundation.exp(-Double(time - last) / 64 / sensor.ticks)
      }
      previous = time
    }
    return sum
  }

  @Test func sensorsScatterAsTheChipFileSays() {
    var (times, amplitudes): ([Double], [Double]) = ([], [])
    let array = array(seed: 5, mismatch: true)
    for row in 0..<512 {
      for column in 0..<128 {
        let sensor = array.parameters(.causal, row: row, column: column)
        times.append(Foundation.log(sensor.ticks))
        amplitudes.append(Foundation.log(sensor.codes))
      }
    }
    for (values, spread) in [
      (times, sensors.timeConstantSpread), (amplitudes, sensors.amplitudeSpread),
    ] {
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      #expect(abs(variance.squareRoot() / spread.local - 1) < 0.03)
    }
  }

  @Test func trimsScaleTimeAndAmplitude() {
    let array = array { row, _ in SensorTrim(time: row % 4, amplitude: 3 - row % 4) }
    let nominal = array.parameters(.causal, row: 2, column: 0)
    #expect(abs(nominal.ticks * 64 / tau - 1) < 1e-6)
    for row in 0..<4 {
      let sensor = array.parameters(.acausal, row: row, column: 8)
      let steps = Double(row - 2)
      #expect(abs(sensor.ticks / nominal.ticks / Foundation.pow(1.2, steps) - 1) < 1e-6)
      #expect(
        abs(sensor.codes / sensors.amplitudeCodes / Foundation.pow(1.25, -1 - steps) - 1) < 1e-6)
    }
  }
}
