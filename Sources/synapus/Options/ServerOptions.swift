import ArgumentParser
import ChipInterface
import Link

/// Which server a command asks, and by which key.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The server (default: the one of this user on this machine).", valueName: "endpoint"))
  var connect: String?

  @Option(
    help: ArgumentHelp(
      "Your secret key file, where the server has keys.", valueName: "file"))
  var key: String?

  /// A line to the server.
  func query() throws -> ServerQuery {
    try ServerQuery(
      connect ?? DefaultEndpoint.text, key: try key.map { path in try ClientKey(file: path) })
  }
}
