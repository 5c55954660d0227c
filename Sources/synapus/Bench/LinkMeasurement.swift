import Analysis

/// What `synapus bench link` measured, with the keys that other programs may rely on.
struct LinkMeasurement: Encodable {
  /// Ping round trips a second of one client over ipc.
  var pingsPerS: Double
  /// Bytes of results a second, checksums on, by transport; of a chip that takes no time.
  var bytesPerS: [String: Double]
  /// Training in the loop, mini-batches of 100, in one process and over ipc.
  var loop: LoopBench.Comparison
  /// Writing all weights and running a mini-batch of 100 from Python, over the same in one
  /// process; nil where no Python with the package was found.
  var pythonLoopRatio: Double?
  /// Clients that share one chip: the largest deviation of a client's share from the mean, the
  /// longest that one waited for a mini-batch, and the 99th percentile of answers to `status`.
  var clients: Int
  var fairness, longestWaitMs, statusP99Ms: Double
  /// Resident memory of the server's process with a thousand connections that say nothing.
  var serverRSSMiB: Double

  enum CodingKeys: String, CodingKey {
    case pingsPerS = "pings_per_s"
    case bytesPerS = "bytes_per_s"
    case loop
    case pythonLoopRatio = "python_loop_ratio"
    case clients, fairness
    case longestWaitMs = "longest_wait_ms"
    case statusP99Ms = "status_p99_ms"
    case serverRSSMiB = "server_rss_mib"
  }

  /// The figures as a table for people.
  var table: String {
    var table = Analysis.TextTable("figure", "value")
    func row(_ name: String, _ value: Double, _ unit: String) {
      table.append([name, NumberText.brief(value) + unit])
    }
    row("ping round trips", pingsPerS, " /s")
    func row(_ name: String, _ parts: LoopBench.Parts) {
      let numbers = [parts.chip, parts.backward, parts.write].map { NumberText.brief($0 * 1e3) }
      table.append([name, numbers.joined(separator: ", ") + " ms"])
    }
    for (transport, rate) in bytesPerS.sorted(by: { $0.key < $1.key }) {
      row("bulk results, \(transport)", rate / 1e9, " GB/s")
    }
    row("loop in one process, a batch of 100", loop.here * 1e3, " ms")
    row("  run, backward, write", loop.partsHere)
    row("loop over ipc, a batch of 100", loop.there * 1e3, " ms")
    row("  run, backward, write", loop.partsThere)
    row("  of that the server's chip", loop.serversChip * 1e3, " ms")
    row("  of that line and gateway", loop.line * 1e3, " ms")
    row("loop over ipc / in one process", loop.ratio, "")
    if let pythonLoopRatio { row("loop from Python / in one process", pythonLoopRatio, "") }
    row("\(clients) clients: largest deviation of a share", 100 * fairness, " %")
    row("\(clients) clients: longest wait for a batch", longestWaitMs, " ms")
    row("\(clients) clients: 99 % of status within", statusP99Ms, " ms")
    row("server's memory, 1000 idle connections", serverRSSMiB, " MiB")
    return table.text()
  }
}
