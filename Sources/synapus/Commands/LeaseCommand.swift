import ArgumentParser
import Link

/// Shows who holds chips, and takes them away.
struct LeaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lease", abstract: "Show who holds a server's chips, or end their leases.",
    subcommands: [LeaseShowCommand.self, LeaseBreakCommand.self])
}

/// Shows who holds chips and who waits.
struct LeaseShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show who holds chips, and who waits for them.")

  @OptionGroup var server: ServerOptions

  @Option(help: ArgumentHelp("Of this chip alone.", valueName: "name"))
  var chip: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let status = try ServerStatus(json: try server.query().status())
    let chips = (status.chips ?? []).filter { chip == nil || $0.chip == chip }
    if let chip, chips.isEmpty {
      throw Failure(.serverRefusal, "the server has no chip '\(chip)'", try: "synapus status")
    }
    let rows = chips.flatMap { chip -> [[String]] in
      let held = (chip.holders ?? []).map {
        [
          chip.chip, "holds", $0.user, $0.mode, ServerStatus.time($0.seconds), $0.client,
          $0.note ?? "",
        ]
      }
      let waiting = (chip.waiting ?? []).map {
        [chip.chip, "waits, \($0.position)", $0.user, $0.mode, "", "", ""]
      }
      return held + waiting
    }
    let heading = ["chip", "lease", "user", "mode", "since", "client", "note"]
    if output.json {
      let list = rows.map { row in JSON.object(zip(heading, row).map { ($0, .text($1)) }) }
      return try Console.writeJSON(JSON.object(["leases": .list(list)]))
    }
    try Console.write(rows.isEmpty ? "nobody holds a chip" : TextTable(heading, rows).text)
  }
}

/// Ends all leases of a chip.
struct LeaseBreakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "break", abstract: "End all leases of a chip; for operators.",
    discussion: """
      What runs is cancelled and goes back to where it began. Sessions and their images stay; their \
      clients have to ask for a new lease.
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: ArgumentHelp("The chip, where there are several.", valueName: "name"))
  var chip: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let broken = try server.query().breakLeases(chip: chip)
    if output.json { return try Console.writeJSON(["broken": broken]) }
    try Console.write("\(broken) \(broken == 1 ? "lease" : "leases") ended")
  }
}
