import ChipInterface
import HardwareSpec

/// A chip behind a server, as if it were here.
///
/// Others may use the same chip in turns, each with an image of its own. Requests are checked by
/// the server; when the server refuses one, the reason is looked up on this side, so that the
/// errors are those of a local chip. Lost connections, and restarts of the server that lose
/// nothing, go unnoticed (``RemoteOptions``).
public final class RemoteChip: Chip {
  /// What the server's chip is.
  public let info: ChipInfo
  /// The endpoint of the server's control socket.
  public let endpoint: String
  /// The program that serves, in its own words.
  public var serverBuild: String { session.server.build }

  let options: RemoteOptions
  let session: RemoteSession
  let work: WorkLine
  let heartbeat: Heartbeat
  var ledger: ImageLedger
  /// Weights that were sent, or are to be sent again, and whose answer was not read yet.
  var unanswered: UnansweredWrite?
  /// What must be put on the chip before anything else is done.
  var toRestore: (image: ChipImage, writes: [WeightBlock])?
  /// A loss that was found while an image was loaded; told when it is not replaced after all.
  var lossToTell: ChipError?
  /// Runs whose results are whole, to be told to the server.
  var acks: [String] = []
  private var isOpen = true

  /// Connects to a server's control endpoint and waits for the right to use its chip.
  public init(connecting endpoint: String, _ options: RemoteOptions) throws(ChipError) {
    (self.endpoint, self.options) = (endpoint, options)
    let address = try ServerAddress(endpoint, key: options.key)
    session = try RemoteSession(address, options)
    info = try session.chipInfo()
    work = try WorkLine(session.server, address, lateness: options.lateness)
    try session.open()
    do {
      try session.acquire(options.cancellation)
      heartbeat = try Heartbeat(
        address, session: session.token, serverSession: session.server.serverSession,
        interval: options.beat)
    } catch {
      session.close()
      throw error
    }
    ledger = ImageLedger(keepsWrites: options.recovery == .reload)
  }

  /// Connects with the usual options but these.
  ///
  /// `timeout`, in seconds, is for answers that take no time; runs may take as long as they need.
  /// `client` is what other clients read while this one holds the chip, `key` is for servers
  /// that have keys, `chip` is the server's name of the chip where it has several.
  public convenience init(
    connecting endpoint: String, timeout: Double = 5, client: String = "synapus",
    key: ClientKey? = nil, chip: String? = nil, lease: RemoteOptions.Lease = .shared
  ) throws(ChipError) {
    var options = RemoteOptions()
    (options.timeout, options.client) = (timeout, client)
    (options.key, options.chip, options.lease) = (key, chip, lease)
    try self.init(connecting: endpoint, options)
  }

  deinit { close() }

  /// Lets go of the chip, and of what the session has there; after this, all requests are refused.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    heartbeat.stop()
    // A server that cannot be reached ends the session by itself.
    if heartbeat.pulse.silentSeconds == 0 { session.close() }
  }

  func checkOpen() throws(ChipError) {
    guard isOpen else { throw .connection(endpoint: endpoint, detail: "was closed on this side") }
  }
}

/// Weights whose answer was not read yet.
struct UnansweredWrite {
  let blocks: [WeightBlock]
  /// The request under way; nil: it must be sent again.
  var request: PendingRequest?
}

// MARK: The chip

extension RemoteChip {
  /// Sends an image to the chip; when this returns, the server has it on disk.
  public func load(_ image: ChipImage) throws(ChipError) {
    try settleBeforeLoad()
    let arrays: [WireArray]
    do {
      arrays = try ImageCoding.encode(image, spec: info.spec)
    } catch {
      try image.validate(against: info.spec)
      throw .remote(code: error.code.rawValue, detail: error.detail)
    }
    do {
      _ = try perform(WorkRequest(.load, [:], arrays), nil)
    } catch {
      if error.isRefusal { try image.validate(against: info.spec) }
      throw error
    }
    (toRestore, lossToTell) = (nil, nil)
    ledger.noteLoad(image)
  }

  /// Reads the answer to weights that were sent; what was lost of an image that is replaced anyway
  /// is no matter.
  private func settleBeforeLoad() throws(ChipError) {
    do {
      try settle(nil)
    } catch {
      guard case .lost = error else { throw error }
      lossToTell = error
    }
  }

  /// Sends weights; they are volatile until ``commit()``, a later load forgets them.
  ///
  /// They are checked here and travel with the run that comes next, or by themselves before
  /// anything else: the next call throws what went wrong. In the loop that saves one of two round
  /// trips.
  public func write(_ weights: [WeightBlock]) throws(ChipError) {
    if !canJoin(weights) { try settle(nil) }
    try attend(.write, nil)
    let image = toRestore?.image ?? ledger.image
    if let image { try image.validate(weights, on: info.spec, exact: info.takesExactWeights) }
    unanswered = UnansweredWrite(blocks: (unanswered?.blocks ?? []) + weights)
    // Without an image the server refuses, and now is the time to say so.
    guard image != nil else { return try settle(nil) }
    if toRestore == nil, !options.joinsWrites { try sendUnanswered() }
  }

  /// Whether weights can be put to those that were not sent yet.
  private func canJoin(_ weights: [WeightBlock]) -> Bool {
    guard let write = unanswered else { return true }
    return options.joinsWrites && write.request == nil
      && write.blocks.count + weights.count <= Self.mostJoinedBlocks
  }

  private static let mostJoinedBlocks = 1024

  /// Runs a mini-batch on the server's chip; a cancellation is passed on.
  public func run(
    _ experiment: Experiment, cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    if cancellation?.isCancelled == true { throw .cancelled }
    var fields = ExperimentCoding.fields(experiment)
    fields["credit"] = .integer(credit)
    fields["narrow"] = .flag(true)
    let arrays = ExperimentCoding.arrays(experiment, narrow: true)
    let request = WorkRequest(.run, fields, arrays)
    do {
      let answer = try perform(request, cancellation)
      return try recording(answer, samples: experiment.inputs.sampleCount)
    } catch {
      if error.isRefusal, let image = ledger.image {
        // It may be the weights that travelled with it that were refused.
        try settle(nil)
        try experiment.validate(on: info.spec, image: image)
      }
      throw error
    }
  }

  private func recording(
    _ result: WorkResult, samples: Int
  ) throws(ChipError) -> Recording {
    let header = result.answer.header
    return try ChipError.reading { () throws(WireError) in
      let recording = try RecordedParts.recording(result.parts, result.answer, samples: samples)
      ledger.noteRun(
        checkpoint: try header.optionalInteger("checkpoint", 0...Int.max),
        runsSince: try header.optionalInteger("runs_since", 0...Int.max))
      return recording
    }
  }
}

// MARK: Beyond the chip

extension RemoteChip {
  /// The loaded image with the weights that are on the chip now.
  public func readImage() throws(ChipError) -> ChipImage {
    let result = try perform(WorkRequest(.read, ["credit": .integer(credit)]), nil)
    let bytes = try ChipError.reading { () throws(WireError) in
      try result.parts.array("image", UInt8.self)
    }
    do {
      return try ChipImage(decoding: bytes, spec: info.spec)
    } catch { throw .badAnswer(error.description) }
  }

  /// Makes what is on the chip now durable, and answers with the number of the checkpoint.
  @discardableResult
  public func commit() throws(ChipError) -> Int {
    let result = try perform(WorkRequest(.commit), nil)
    let number = try ChipError.reading { () throws(WireError) in
      try result.answer.header.integer("checkpoint", 0...Int.max)
    }
    ledger.noteCommit(checkpoint: number)
    return number
  }

  /// What went over the line so far.
  public var statistics: LinkStatistics {
    var sum = session.statistics
    sum.roundTrips += work.statistics.roundTrips
    sum.bytesSent += work.statistics.bytesSent
    sum.bytesReceived += work.statistics.bytesReceived
    return sum
  }

  /// Asks for a sign of life.
  public func ping() throws(ChipError) {
    try checkOpen()
    _ = try session.request("ping")
  }

  /// What the server says of its state: the header of its answer, as JSON.
  public func status() throws(ChipError) -> String {
    try checkOpen()
    let answer = try session.request("status")
    return String(decoding: JSONValue.object(answer.header).json, as: UTF8.self)
  }
}
