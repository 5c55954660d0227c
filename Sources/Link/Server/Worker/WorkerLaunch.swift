import ChipInterface

/// How a chip's worker comes to be.
public enum WorkerLaunch: Sendable {
  /// As a thread of this process: for tests, and servers inside of other programs.
  case thread(@Sendable () throws -> WorkerServices)
  /// As a process: this program itself with these arguments, or another one. It finds its end of
  /// the socket at descriptor ``ChipWorker/descriptor``.
  case process(program: String = "/proc/self/exe", arguments: [String])
}

/// What a worker can do.
public struct WorkerServices {
  /// Compiles a network for the chip that the server calls by a name: the bytes of a NIR file and
  /// options, to the bytes of an image and of a report.
  public typealias Compile = (
    _ network: [UInt8], _ options: [(name: String, value: String)], _ chip: String?,
    _ cancellation: Cancellation
  ) throws -> (image: [UInt8], report: [UInt8])
  /// Calibrates the chip: options, to the bytes of a calibration file.
  public typealias Calibrate = (
    _ chip: any Chip, _ options: [(name: String, value: String)], _ cancellation: Cancellation
  ) throws -> [UInt8]

  /// The chip.
  public var chip: any Chip
  /// How networks are compiled; nil: not offered.
  public var compile: Compile?
  /// How the chip is calibrated; nil: not offered.
  public var calibrate: Calibrate?

  /// Puts services together.
  public init(chip: any Chip, compile: Compile? = nil, calibrate: Calibrate? = nil) {
    (self.chip, self.compile, self.calibrate) = (chip, compile, calibrate)
  }
}

/// Why a service did not do what it was asked; anything else that it throws is a fault of its own.
public enum WorkerRefusal: Error, Equatable, Sendable {
  /// An option is unknown or has a value that it cannot have.
  case option(name: String, reason: String)
  /// The network cannot be read.
  case network(reason: String)
  /// It can be read but not be done, as when a network does not fit the chip.
  case refused(reason: String)
  /// It was cancelled.
  case cancelled
}

/// What a worker may hold.
struct WorkerLimits: Equatable, Sendable {
  /// Bytes of one run's recording.
  var resultBytes = ServerLimits().resultBytes
  /// Images, and bytes of images and their states.
  var slots = 256
  var slotBytes = 2 << 30
  /// Bytes of shared memory that one side makes.
  static let sharedBytes = 1 << 30
}
