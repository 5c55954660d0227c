import Foundation

/// The target that the environment names, made once; libFuzzer has one thread.
nonisolated(unsafe) private let target: any FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["SYNAPUS_FUZZ_TARGET"] ?? ""
  guard let type = FuzzTargets.all.first(where: { $0.name == name }) else {
    fatalError("SYNAPUS_FUZZ_TARGET must be one of \(FuzzTargets.all.map { $0.name })")
  }
  do {
    let target = try type.init()
    if let folder = ProcessInfo.processInfo.environment["SYNAPUS_FUZZ_SEEDS"] {
      for (i, seed) in try target.seeds().enumerated() {
        try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(i)"))
      }
    }
    return target
  } catch { fatalError("the target '\(name)' cannot be made: \(error)") }
}()

/// libFuzzer's entry: one input, then a good one.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  do {
    try target.take(bytes)
    try target.takeGood()
  } catch { fatalError("finding: \(error)") }
  return 0
}
