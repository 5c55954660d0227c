import ChipInterface
import Foundation
import HardwareSpec
import Link

/// Measures the line to servers that run in processes of their own; less than a minute in all.
struct LinkBench {
  let options: ChipOptions
  let threads: Int

  private static let pingSeconds = 1.0
  private static let bulkSeconds = 1.5

  func run() throws -> LinkMeasurement {
    FileLimit.raise()
    let server = try ServerProcess(
      options.serverArguments(threads: threads),
      command: ["serve", "--state", "none", "--sessions", "256", "--sessions-per-user", "256"])
    defer { server.stop() }
    let loop = try loop(server.endpoint)
    let sharing = try SharingBench(endpoint: server.endpoint).run()
    let python = try PythonBench(endpoint: server.endpoint).ratio { try options.makeChip() }
    return LinkMeasurement(
      pingsPerS: try pings(server.endpoint), bytesPerS: try bulk(),
      loop: loop,
      pythonLoopRatio: python, clients: SharingBench.clients, fairness: sharing.fairness,
      longestWaitMs: sharing.longestWait * 1e3, statusP99Ms: sharing.statusP99 * 1e3,
      serverRSSMiB: try IdleBench(server: server).run())
  }

  private func loop(_ endpoint: String) throws -> LoopBench.Comparison {
    let remote = try RemoteChip(connecting: endpoint, client: "synapus bench")
    defer { remote.close() }
    return try LoopBench(threads: threads).run(try options.makeChip(), remote)
  }

  private func pings(_ endpoint: String) throws -> Double {
    let remote = try RemoteChip(connecting: endpoint)
    defer { remote.close() }
    for _ in 0..<100 { try remote.ping() }
    let clock = ResourceClock()
    var count = 0
    while clock.seconds < Self.pingSeconds {
      try remote.ping()
      count += 1
    }
    return Double(count) / clock.seconds
  }

  // MARK: Bulk

  private func bulk() throws -> [String: Double] {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "synapus-keys-\(getpid())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let keys = KeyFolder(folder.path)
    try keys.makeServer()
    let secret = folder.path + "/bench.key_secret"
    try keys.makeUser("bench", role: "runner", secret: secret)
    let loopback = "tcp://127.0.0.1:0"
    return [
      "ipc": try bulk(nil, [], nil), "tcp": try bulk(loopback, [], nil),
      "curve": try bulk(loopback, ["--keys", folder.path], try ClientKey(file: secret)),
    ]
  }

  /// Bytes a second of results of a chip that has them ready.
  private func bulk(
    _ bind: String?, _ arguments: [String], _ key: ClientKey?
  ) throws -> Double {
    let server = try ServerProcess(arguments, command: ["bench-server"], bind: bind)
    defer { server.stop() }
    let remote = try RemoteChip(connecting: server.endpoint, key: key)
    defer { remote.close() }
    let spec = remote.info.spec
    let workload = try ImageWorkload(spec, images: 1)
    try remote.load(workload.image)
    let experiment = CannedChip.bulkExperiment
    for _ in 0..<2 { _ = try remote.run(experiment) }
    let (before, clock) = (remote.statistics, ResourceClock())
    while clock.seconds < Self.bulkSeconds { _ = try remote.run(experiment) }
    return Double(remote.statistics.bytesReceived - before.bytesReceived) / clock.seconds
  }
}

extension [Double] {
  /// The middle of the values, 0 without any.
  var median: Double { percentile(0.5) }

  /// The value below which such a part of the values lies, 0 without any.
  func percentile(_ part: Double) -> Double {
    isEmpty ? 0 : sorted()[Swift.min(count - 1, Int(part * Double(count)))]
  }
}
