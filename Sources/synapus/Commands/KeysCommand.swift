import ArgumentParser
import Foundation
import Link

/// Makes, lists and removes keys.
struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Make, list or remove the keys of a server and its users.",
    discussion: """
      Keys let a server be reached from other machines, and say who its users are. The server keeps \
      its own secret and the public keys of its users; each user has one secret file.
      """,
    subcommands: [KeysNewCommand.self, KeysListCommand.self, KeysRemoveCommand.self])
}

/// Where keys are.
struct KeyFolderOption: ParsableArguments {
  @Option(help: ArgumentHelp("The server's folder of keys.", valueName: "folder"))
  var dir: String

  var folder: KeyFolder { KeyFolder(dir) }
}

/// Makes a key pair.
struct KeysNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Make the server's keys, or those of a user.",
    discussion: """
      'synapus keys new server --dir DIR' comes first and makes the folder. A user's secret file \
      holds the server's public key too: it is all that a client needs, as --key FILE. Hand it over \
      on a safe way, and delete it where it was made.
      """)

  @Argument(help: "'server', or the user's name.")
  var name: String

  @OptionGroup var place: KeyFolderOption

  @Option(
    help: ArgumentHelp(
      "What the user may do (default: runner).", valueName: KeyFolder.roles.joined(separator: "|")))
  var role: String?

  @Option(
    help: ArgumentHelp(
      "The chips that the user may use, separated by commas (default: all).", valueName: "names"))
  var chips: String?

  @Option(
    help: ArgumentHelp(
      "The user's secret file (default: NAME.key_secret in this folder).", valueName: "file"))
  var out: String?

  @OptionGroup var output: OutputOptions

  private var isServer: Bool { name == "server" }

  func validate() throws {
    if let role, !KeyFolder.roles.contains(role) {
      throw ValidationError(
        "--role is '\(role)'; allowed are \(KeyFolder.roles.joined(separator: ", ")).")
    }
    if isServer, role != nil || chips != nil || out != nil {
      throw ValidationError("A server's key has no --role, --chips and --out; drop them.")
    }
  }

  func run() throws {
    let file: String
    if isServer {
      try place.folder.makeServer()
      file = place.dir + "/server.key"
    } else {
      file = out ?? "\(name).key_secret"
      try place.folder.makeUser(
        name, role: role ?? "runner", chips: chips?.split(separator: ",").map(String.init),
        secret: file)
      Console.say("hand '\(file)' to \(name), and keep no copy")
    }
    try output.json ? Console.writeJSON(["file": file]) : Console.write(file)
  }
}

/// Lists the users.
struct KeysListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the users, and what they may do.")

  @OptionGroup var place: KeyFolderOption
  @OptionGroup var output: OutputOptions

  func run() throws {
    let holders = try place.folder.holders()
    if output.json {
      let users = holders.map { holder in
        JSON.object([
          "name": .text(holder.name), "role": .text(holder.role),
          "chips": holder.chips.map { .list($0.map(JSON.text)) } ?? .null,
          "public_key": .text(holder.publicKey),
        ])
      }
      return try Console.writeJSON(JSON.object(["users": .list(users)]))
    }
    let rows = holders.map { holder in
      [
        holder.name, holder.role, holder.chips?.joined(separator: ",") ?? "all chips",
        holder.publicKey,
      ]
    }
    try Console.write(TextTable(["user", "role", "chips", "public key"], rows).text)
  }
}

/// Takes a user's key away.
struct KeysRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Take a user's key away; a running server forgets it at once.")

  @Argument(help: "The user's name.")
  var name: String

  @OptionGroup var place: KeyFolderOption

  func run() throws {
    try place.folder.removeUser(name)
    Console.say("'\(name)' is not let in any more")
  }
}
