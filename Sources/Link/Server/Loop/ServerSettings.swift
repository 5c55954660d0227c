import HardwareSpec

/// A chip that a server serves: what clients call it, and how its worker is started.
public struct ServedChip: Sendable {
  /// The name in `hello`.
  public var name: String
  /// How its worker is started.
  public var worker: WorkerLaunch

  /// Names a chip.
  public init(_ name: String, _ worker: WorkerLaunch) { (self.name, self.worker) = (name, worker) }
}

/// What a server serves, to whom, and what it writes down.
public struct ServerSettings: Sendable {
  /// The control endpoint: `ipc:///PATH` or `tcp://ADDRESS:PORT`, port 0 for any.
  public var endpoint: String
  /// The chips.
  public var chips: [ServedChip]
  /// How the worker is started that compiles; nil: the server does not compile.
  public var compiler: WorkerLaunch?
  /// Whether chips may be calibrated.
  public var offersCalibration = false
  /// The folder of keys; nil: no keys, for this machine only.
  public var keys: String?
  /// The folder of the journal; nil: nothing outlives the server.
  public var state: String?
  /// What one client, and all, may take up.
  public var limits = ServerLimits()
  /// The name of the program in `hello`.
  public var build: String
  /// The file to which lines about all that changes something are appended.
  public var audit: String?
  /// Where metrics are served over HTTP: `tcp://127.0.0.1:PORT`.
  public var metrics: String?
  /// Whether unexplained memory closes the sockets; nil: where all workers are processes.
  package var guardsMemory: Bool?
  /// Makes another authentication handler in place of the usual one.
  package var authentication:
    (@Sendable (Context, AccessList) throws(LinkError) -> any Authenticating)?

  /// Makes settings without compiler.
  public init(endpoint: String, chips: [ServedChip], build: String = "synapus") {
    (self.endpoint, self.chips, self.build) = (endpoint, chips, build)
  }

  /// Throws where the settings contradict each other.
  func check() throws(LinkError) {
    guard !chips.isEmpty else { throw .settings(.noChip) }
    var names: Set<String> = []
    for chip in chips {
      guard (1...64).contains(chip.name.utf8.count), names.insert(chip.name).inserted else {
        throw .settings(.chipName(chip.name))
      }
    }
  }

  /// All workers in the order of their numbers: the chips', then the compiler's.
  var workers: [WorkerLaunch] { chips.map(\.worker) + (compiler.map { [$0] } ?? []) }

  /// Whether what a chip needs in memory is not in this process.
  var hasOnlyProcesses: Bool {
    workers.allSatisfy { if case .process = $0 { true } else { false } }
  }

  var features: [String] {
    (compiler == nil ? [] : ["compile"]) + (offersCalibration ? ["calibrate"] : [])
  }
}
