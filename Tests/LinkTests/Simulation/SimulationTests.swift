import ChipInterface
import Foundation
import HardwareSpec
import Link
import Synchronization
import TestSupport
import Testing

/// The server's logic under deterministic simulation (facts in ``Simulation`` and ``Judge``).
///
/// `SYNAPUS_SEED=n` replays one seed, `SYNAPUS_TRACE=1` prints all that happens in it;
/// `SYNAPUS_SEEDS=n` says how many are tried, `SYNAPUS_FIRST_SEED=n` from which one on.
@Suite struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seed = environment["SYNAPUS_SEED"].flatMap { Int($0) }
  private static let count = environment["SYNAPUS_SEEDS"].flatMap { Int($0) } ?? 10_000
  private static let first = environment["SYNAPUS_FIRST_SEED"].flatMap { Int($0) } ?? 0
  private static let batch = 100
  /// So many failing seeds are shown.
  private static let mostFaults = environment["SYNAPUS_FAULTS"].flatMap { Int($0) } ?? 3

  let info: ChipInfo

  init() throws { info = FakeChip(try ChipLibrary.chip("synapus-1")).info }

  @Test(.enabled(if: seed != nil)) func oneSeed() {
    guard let seed = Self.seed else { return }
    let simulation = Simulation(seed: seed, trace: true, info: info)
    let fault = simulation.run()
    let lines = simulation.judge.trace
    let isWhole = Self.environment["SYNAPUS_TRACE"] != nil
    for line in isWhole ? lines[...] : lines.suffix(60) { print(line) }
    #expect(fault == nil, "seed \(seed)")
  }

  @Test(.enabled(if: seed == nil)) func promisesAreKept() {
    let seen = Mutex(Coverage())
    let next = Mutex(Self.first)
    let faults = Mutex<[Int: String]>([:])
    let cores = min(4, ProcessInfo.processInfo.activeProcessorCount)
    DispatchQueue.concurrentPerform(iterations: cores) { _ in
      while let first = next.withLock({ next -> Int? in
        defer { next += Self.batch }
        return next < Self.first + Self.count ? next : nil
      }), faults.withLock({ $0.count < Self.mostFaults }) {
        var coverage = Coverage()
        for seed in first..<min(first + Self.batch, Self.first + Self.count) {
          let simulation = Simulation(seed: seed, info: info)
          if let fault = simulation.run() { faults.withLock { $0[seed] = fault } }
          coverage.formUnion(simulation.judge.coverage)
        }
        seen.withLock { $0.formUnion(coverage) }
      }
    }
    for (seed, fault) in faults.withLock({ $0 }).sorted(by: { $0.key < $1.key }).prefix(
      Self.mostFaults)
    {
      report(seed, fault)
    }
    if Self.count >= 2_000 { check(seen.withLock { $0 }) }
  }

  /// Runs a failing seed again, for its last events.
  private func report(_ seed: Int, _ fault: String) {
    let again = Simulation(seed: seed, trace: true, info: info)
    let same = again.run()
    let last = again.judge.trace.suffix(30).joined(separator: "\n")
    Issue.record("SYNAPUS_SEED=\(seed): \(fault)\n\(last)")
    #expect(same == fault, "seed \(seed) is not the same world each time")
  }

  // MARK: Coverage

  private func check(_ coverage: Coverage) {
    let codes = Set(WireError.Code.allCases.map(\.rawValue)).subtracting(Self.impossible)
    #expect(codes.subtracting(coverage.codes) == [])
    let answers = GoldenTests.all.filter { $0.kind == .answer }.map {
      String($0.name.prefix { $0 != "-" })
    }
    #expect(Set(answers).subtracting(coverage.answers) == ["error"])
    let requests = GoldenTests.all.filter { $0.kind == .control || $0.kind == .run }.map {
      String($0.name.prefix { $0 != "-" })
    }
    #expect(Set(requests).subtracting(coverage.requests) == [])
    let events = GoldenTests.all.filter { $0.kind == .event }.map { String($0.name.dropFirst(6)) }
    #expect(Set(events).subtracting(coverage.events) == [])
    #expect(
      coverage.orders == [
        "load", "restore", "write", "run", "proceed", "drop", "snapshot", "forget", "compile",
        "calibrate",
      ])
    #expect(
      coverage.entries == [
        "opened", "ended", "image", "checkpoint", "answered", "epochs", "calibration",
      ])
  }

  /// Codes that the state cannot give: frames are checked before it, and it has no faults.
  private static let impossible: Set<String> = ["bad_frame", "internal_error"]

  // MARK: The judge is judged

  /// Each fault put in on purpose is noticed within some seeds.
  @Test(.enabled(if: seed == nil), arguments: Sabotage.Kind.allCases)
  func sabotageIsNoticed(kind: Sabotage.Kind) {
    for seed in 0..<300 {
      let sabotage = Sabotage(kind, seed: seed)
      guard let fault = Simulation(seed: seed, sabotage: sabotage, info: info).run() else {
        continue
      }
      let innocent = Simulation(seed: seed, info: info).run()
      #expect(innocent == nil, "seed \(seed) fails without sabotage: \(fault)")
      return
    }
    Issue.record("nobody noticed that the server \(kind.rawValue)")
  }
}
