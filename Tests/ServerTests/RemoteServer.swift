import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import Link
import Synchronization
import TestSupport

/// A server in this process, with chips in threads, that can be killed and started again.
final class RemoteServer: Sendable {
  let endpoint: String
  private let make: @Sendable () throws -> any Chip
  private let state, keys: String?
  private let limits: ServerLimits
  private let server: Mutex<ChipServer?>

  private static let next = Atomic<Int>(0)

  /// A path that no other test uses.
  static func freshPath() -> String {
    let number = next.wrappingAdd(1, ordering: .relaxed).newValue
    let folder = FileManager.default.temporaryDirectory.path
    return "\(folder)/synapus-remote-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
  }

  /// Starts a server of one chip; `isDurable` gives it a folder for its journal, `keys` is its
  /// folder of keys.
  init(
    tcp: Bool = false, isDurable: Bool = false, keys: String? = nil,
    limits: ServerLimits = ServerLimits(), _ make: @escaping @Sendable () throws -> any Chip
  ) throws {
    let path = Self.freshPath()
    (self.make, self.limits, state) = (make, limits, isDurable ? path + "-state" : nil)
    self.keys = keys
    let first = try Self.serve(
      tcp ? "tcp://127.0.0.1:0" : "ipc://" + path, state, keys, limits, make)
    endpoint = first.endpoint
    server = Mutex(first)
  }

  deinit {
    server.withLock { $0.take() }?.stop()
    if let state { try? FileManager.default.removeItem(atPath: state) }
  }

  private static func serve(
    _ endpoint: String, _ state: String?, _ keys: String?, _ limits: ServerLimits,
    _ make: @escaping @Sendable () throws -> any Chip
  ) throws -> ChipServer {
    let worker = WorkerLaunch.thread { WorkerServices(chip: try make()) }
    var settings = ServerSettings(
      endpoint: endpoint, chips: [ServedChip("0", worker)], build: "test")
    (settings.state, settings.keys, settings.limits) = (state, keys, limits)
    let server = try ChipServer(settings)
    try server.start()
    return server
  }

  /// Ends the server and starts another one at the same place; one that ends at once leaves its
  /// journal as it was before, whatever it still saved.
  func restart(atOnce: Bool = false) throws {
    let saved = atOnce ? try journal() : [:]
    server.withLock { $0.take() }?.stop()
    if let state, atOnce {
      for name in try journal().keys {
        try FileManager.default.removeItem(atPath: state + "/" + name)
      }
      for (name, bytes) in saved {
        let path = state + "/" + name
        try bytes.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      }
    }
    let fresh = try Self.serve(endpoint, state, keys, limits, make)
    server.withLock { $0 = fresh }
  }

  /// The files of the journal, by name.
  private func journal() throws -> [String: Data] {
    guard let state else { return [:] }
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: state)
    where name.hasPrefix("journal.sqlite") {
      files[name] = try Data(contentsOf: URL(fileURLWithPath: state + "/" + name))
    }
    return files
  }
}

extension RemoteOptions {
  /// Options for tests.
  static func with(_ change: (inout RemoteOptions) -> Void) -> RemoteOptions {
    var options = RemoteOptions()
    change(&options)
    return options
  }
}
