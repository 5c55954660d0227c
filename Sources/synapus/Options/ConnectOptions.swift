import ArgumentParser
import ChipInterface
import Link
import Synchronization

/// Which server's chip a command uses, and how.
struct ConnectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A chip behind a server; what it is then comes from the server.", valueName: "endpoint"))
  var connect: String?

  @Option(
    help: ArgumentHelp(
      "With --connect: your secret key file, where the server has keys.", valueName: "file"))
  var key: String?

  @Option(
    help: ArgumentHelp(
      "With --connect: which of the server's chips (default: the only one).", valueName: "name"))
  var serverChip: String?

  @Flag(help: "With --connect: use the chip alone, when its turn comes.")
  var exclusive = false

  func validate() throws {
    let flags = [
      ("--key", key != nil), ("--server-chip", serverChip != nil), ("--exclusive", exclusive),
    ]
    if connect == nil, let flag = flags.first(where: \.1)?.0 {
      throw ValidationError("\(flag) is about a server; name it by --connect, or drop it.")
    }
  }

  /// Connects to the server, waits for the chip, and tells of the wait and of troubles.
  ///
  /// What a command has put on the chip is put there again when the server was started again.
  func chip(at endpoint: String, client: String) throws -> RemoteChip {
    var options = RemoteOptions()
    options.key = try key.map { path in try ClientKey(file: path) }
    (options.chip, options.client) = (serverChip, client)
    options.lease = exclusive ? .exclusive : .shared
    options.recovery = .reload
    options.cancellation = Interruption.cancellation
    let news = QueueNews()
    options.onQueued = { place in
      guard news.isNew(place) else { return }
      let holder = place.holder.isEmpty ? "" : "; it is held by \(place.holder)"
      Console.say("waiting for the chip, place \(place.position)\(holder)")
    }
    options.onTrouble = { Console.say($0) }
    return try RemoteChip(connecting: endpoint, options)
  }
}

/// The place in the queue that was told last; it is asked for more often than it changes.
private final class QueueNews: Sendable {
  private let last = Mutex<QueuePlace?>(nil)

  func isNew(_ place: QueuePlace) -> Bool {
    last.withLock { last in
      defer { last = place }
      return last?.position != place.position
    }
  }
}
