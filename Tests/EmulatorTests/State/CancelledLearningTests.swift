import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import TestSupport
import Testing

/// A cancelled run leaves a usable chip, and a restored one no trace of it.
@Suite struct CancelledLearningTests {
  @Test(arguments: 0..<5)
  func restoredChipsForgetCancelledRuns(seed: Int) throws {
    for given in [try StateCase.analog(seed), try StateCase.digital(seed)] {
      for maker in given.makers(seed) where maker.name != "reference" {
        try cancelOften(given, maker.make, "seed \(seed), \(given.rule), \(maker.name)")
      }
    }
  }

  private func cancelOften(
    _ given: StateCase, _ make: () throws -> any Chip, _ name: String
  ) throws {
    let (chip, undisturbed) = (try make(), try make())
    for chip in [chip, undisturbed] {
      try chip.load(given.image)
      _ = try chip.run(given.experiment)
    }
    let before = try chip.snapshot()
    var random = given.random
    for _ in 0..<4 {
      run(given.experiment(1), on: chip, cancelledAfter: random.uniform() * 4e-3)
      try chip.restore(before)
    }
    // Cancelled and not restored: usable all the same.
    run(given.experiment(1), on: chip, cancelledAfter: random.uniform() * 1e-3)
    _ = try chip.run(given.experiment(3))
    try chip.restore(before)
    #expect(try chip.snapshot() == before, "\(name)")
    let expected = try undisturbed.run(given.experiment(2))
    #expect(try chip.run(given.experiment(2)) == expected, "\(name)")
    #expect(try chip.snapshot() == undisturbed.snapshot(), "\(name)")
  }

  /// Runs, and cancels from another thread; the run may be over by then.
  private func run(
    _ experiment: Experiment, on chip: any Chip, cancelledAfter seconds: Double
  ) {
    let (cancellation, over) = (Cancellation(), DispatchSemaphore(value: 0))
    let thread = Thread {
      Thread.sleep(forTimeInterval: seconds)
      cancellation.cancel()
      over.signal()
    }
    thread.start()
    do throws(ChipError) {
      _ = try chip.run(experiment, cancellation: cancellation)
    } catch { #expect(error == .cancelled) }
    over.wait()
  }
}
