import ChipInterface
import Dispatch
import HardwareSpec
import Synchronization

/// The items of a mini-batch, handed out to workers one after the other.
///
/// Which worker takes which item is left to chance; what comes back is in the items' order.
final class ParallelWork: Sendable {
  private let next = Atomic<Int>(0)
  private let results: Mutex<[Result<[SampleRecord], ChipError>?]>
  private let items: Int

  init(items: Int) {
    self.items = items
    results = Mutex(Array(repeating: nil, count: items))
  }

  /// Runs `body` with (worker, item) for every item; throws the first item's error, if any.
  func run(
    workers: Int, _ body: @Sendable (Int, Int) throws(ChipError) -> [SampleRecord]
  ) throws(ChipError) -> [SampleRecord] {
    if workers == 1 {
      takeItems(0, body)
    } else {
      DispatchQueue.concurrentPerform(iterations: workers) { takeItems($0, body) }
    }
    var records: [SampleRecord] = []
    for result in results.withLock({ $0 }) {
      guard let result else { throw .cancelled }
      records += try result.get()
    }
    return records
  }

  private func takeItems(
    _ worker: Int, _ body: @Sendable (Int, Int) throws(ChipError) -> [SampleRecord]
  ) {
    while true {
      let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if item >= items { return }
      let result: Result<[SampleRecord], ChipError>
      do throws(ChipError) {
        result = .success(try body(worker, item))
      } catch {
        result = .failure(error)
      }
      results.withLock { $0[item] = result }
    }
  }
}

extension Recording {
  /// Joins what the samples of a run recorded.
  init(
    _ experiment: Experiment, _ output: RunOutput, _ records: [SampleRecord], _ spec: ChipSpec
  ) {
    var (spikes, counters) = (SpikeBatch(), RunCounters())
    let count = records.reduce(0) { $0 + $1.cycles.count }
    spikes.cycles.reserveCapacity(count)
    spikes.units.reserveCapacity(count)
    spikes.offsets.reserveCapacity(records.count + 1)
    for record in records {
      spikes.cycles += record.cycles
      spikes.units += record.units
      spikes.offsets.append(spikes.cycles.count)
      counters += record.counters
    }
    // The ideal chip does not count its conversions.
    counters.readings = records.count * output.adcTimes * output.adcColumns
    self.init(
      spikes: spikes, adc: output.allCodes, adcColumns: output.adcColumns,
      adcTimes: output.adcTimes, traces: output.allTraces, counters: counters,
      hardwareSeconds: 0)
    (fastADC, occupancy) = (output.allFastCodes, output.allOccupancy)
    correlations = output.allCorrelations
    registers = output.registers.all
    charge(RunCharges(experiment, records, spec))
  }
}
