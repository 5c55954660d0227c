extension ServerState {
  mutating func sendMetrics(_ request: Request, _ peer: Peer, _ now: Int) {
    let payload = Payload([WireArray("text", Array(metricsText(now).utf8))])
    out.append(.send(.ok(request, [:], payload), to: peer))
  }

  /// All counters in Prometheus' text format, version 0.0.4.
  package func metricsText(_ now: Int) -> String {
    var text = MetricsText()
    text.gauge("uptime_seconds", "Seconds since the start.", Double(now - startedAt) / 1_000)
    text.counter("malformed_total", "Messages that were no request.", tally.malformed)
    text.counter("undelivered_total", "Messages whose reader did not read.", tally.undelivered)
    text.counter("sessions_opened_total", "Sessions opened.", tally.sessions)
    text.gauge("sessions", "Sessions open.", Double(sessions.count))
    let held = holdings
    text.gauge(
      "upload_bytes", "Bytes of uploads that wait for their request.", Double(held.uploadBytes))
    text.gauge(
      "result_bytes", "Bytes of results that wait to be fetched.", Double(held.resultBytes))
    text.counter("worker_crashes_total", "Workers that ended.", tally.crashes)
    text.family("requests_total", "counter", "Requests by type.")
    for (type, count) in tally.byType.sorted(by: { $0.key < $1.key }) {
      text.value("requests_total", "type=\"\(type)\"", count)
    }
    text.family("errors_total", "counter", "Errors by type of request and code.")
    for (labels, count) in tally.byCode.sorted(by: { $0.key < $1.key }) {
      text.value("errors_total", labels, count)
    }
    text.family("run_seconds_total", "counter", "Seconds in which workers did slices of runs.")
    text.value("run_seconds_total", "", tally.runSeconds)
    addChips(to: &text)
    addLatencies(to: &text)
    return text.text
  }

  private func addChips(to text: inout MetricsText) {
    let chips = seats.prefix(chipCount)
    text.family("queue_length", "gauge", "Requests that wait for a chip.")
    for seat in chips {
      text.value("queue_length", "chip=\"\(MetricsText.escaped(seat.name))\"", seat.waitingCount)
    }
    text.family("lease_holders", "gauge", "Leases granted.")
    for seat in chips {
      let count = seat.leases.leases.count
      text.value("lease_holders", "chip=\"\(MetricsText.escaped(seat.name))\"", count)
    }
    text.family("chip_seconds_total", "counter", "Chip time by user.")
    for seat in chips {
      for (user, microseconds) in seat.share.totals {
        let labels =
          "chip=\"\(MetricsText.escaped(seat.name))\",user=\"\(MetricsText.escaped(user))\""
        text.value("chip_seconds_total", labels, Double(microseconds) / 1e6)
      }
    }
  }

  private func addLatencies(to text: inout MetricsText) {
    text.family("request_seconds", "summary", "From the arrival of a request to its answer.")
    for (type, histogram) in tally.latencies.sorted(by: { $0.key < $1.key }) {
      for quantile in [0.5, 0.99] {
        text.value(
          "request_seconds", "type=\"\(type)\",quantile=\"\(quantile)\"",
          Double(histogram.quantile(quantile)) / 1_000)
      }
      text.value("request_seconds_sum", "type=\"\(type)\"", Double(histogram.sum) / 1_000)
      text.value("request_seconds_count", "type=\"\(type)\"", histogram.count)
    }
  }
}

/// Metrics as lines of Prometheus' text format.
struct MetricsText {
  private(set) var text = ""

  mutating func family(_ name: String, _ kind: String, _ help: String) {
    text += "# HELP synapus_\(name) \(help)\n# TYPE synapus_\(name) \(kind)\n"
  }

  mutating func value(_ name: String, _ labels: String, _ value: some CustomStringConvertible) {
    text += "synapus_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(value)\n"
  }

  mutating func counter(_ name: String, _ help: String, _ count: Int) {
    family(name, "counter", help)
    value(name, "", count)
  }

  mutating func gauge(_ name: String, _ help: String, _ number: Double) {
    family(name, "gauge", help)
    value(name, "", number)
  }

  /// A label's value with what would end it escaped.
  static func escaped(_ label: String) -> String {
    label.reduce(into: "") { text, character in
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }
}
