import ArgumentParser
import ChipInterface
import Emulator
import HardwareSpec
import Link

/// Which chip a command talks to: CHIP in the help texts.
struct ChipOptions: ParsableArguments {
  @OptionGroup var server: ConnectOptions

  @Option(
    help: ArgumentHelp(
      "The chip: a built-in name, NAME-mesh-CxR, or the path of a chip file (default: synapus-1).",
      valueName: "name|path"))
  var chip: String?

  @Option(help: ArgumentHelp("The device: one seed is one chip (default: 0).", valueName: "n"))
  var chipSeed: UInt64?

  @Flag(help: "The ideal chip: double precision, no imperfection.")
  var ideal = false

  @Option(
    help: ArgumentHelp(
      "A uniform relative mismatch in place of the chip file's own spreads, from 0 to 1.",
      valueName: "sigma"))
  var mismatch: Double?

  @Option(
    help: ArgumentHelp(
      "The imperfections that are on: all, none, or a list of "
        + Effects.names.map(\.name).joined(separator: ",") + " (default: all).",
      valueName: "list"))
  var effects: EffectList?

  @Option(
    help: ArgumentHelp(
      "A uniform mismatch drawn anew, as a calibration leaves it, in place of --mismatch.",
      valueName: "sigma"))
  var residual: Double?

  @Option(
    help: ArgumentHelp(
      "A YAML or JSON list of dead and stuck parts (docs/chips.md).", valueName: "file"))
  var defects: String?

  @Option(
    help: ArgumentHelp(
      "How many kelvin warmer than its constants the chip is, from -100 to 100 (default: 0).",
      valueName: "kelvin"))
  var temperature: Double?

  @Option(help: ArgumentHelp("The trial: seeds noise and jitter (default: 0).", valueName: "n"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("Worker threads, from 1 to 256 (default: all cores).", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "How circuits are computed; all give the same bits (default: auto).",
      valueName: EmulationSettings.Kernel.allCases.map(\.rawValue).joined(separator: "|")))
  var kernel: EmulationSettings.Kernel?

  func validate() throws {
    if connect != nil, let other = chipFlags.first {
      throw ValidationError(
        "With --connect the chip's settings come from the server and \(other) has no say;"
          + " drop one of them.")
    }
    if let mismatch, !(0...1).contains(mismatch) {
      throw ValidationError("--mismatch is \(mismatch); 0 to 1 is allowed.")
    }
    if let residual, !(0...1).contains(residual) {
      throw ValidationError("--residual is \(residual); 0 to 1 is allowed.")
    }
    if residual != nil, mismatch != nil {
      throw ValidationError("--residual stands in place of --mismatch; drop one of them.")
    }
    if let temperature, !(-100...100).contains(temperature) {
      throw ValidationError("--temperature is \(temperature); -100 to 100 is allowed.")
    }
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads is \(threads); 1 to 256 is allowed.")
    }
    if ideal, let other = imperfectionFlags.first {
      throw ValidationError("--ideal has no imperfections and excludes \(other); drop one of them.")
    }
  }

  /// The flags in use that choose or set up a chip.
  private var chipFlags: [String] {
    [("--chip", chip != nil), ("--ideal", ideal), ("--seed", seed != nil)].filter(\.1).map(\.0)
      + imperfectionFlags
  }

  /// The flags in use that mean nothing on an ideal chip.
  private var imperfectionFlags: [String] {
    [
      ("--mismatch", mismatch != nil), ("--effects", effects != nil),
      ("--chip-seed", chipSeed != nil), ("--kernel", kernel != nil),
      ("--residual", residual != nil), ("--defects", defects != nil),
      ("--temperature", temperature != nil),
    ].filter(\.1).map(\.0)
  }
}

extension ChipOptions {
  /// The server whose chip is used; nil: a chip in this process.
  var connect: String? { server.connect }

  /// Makes the chip, or connects to it, and says which one it is; without `--chip` it is a device
  /// of `usual`, or of `synapus-1`.
  func makeChip(usual: ChipSpec? = nil) throws -> any Chip {
    let chip = try chipWithoutWords(usual)
    Console.say(chip.info.introduction + (connect.map { ", at \($0)" } ?? ""))
    return chip
  }

  /// Whether the chip that the options name is digital; one that is connected to is not asked.
  var isDigital: Bool {
    get throws { try chip.map { try ChipLibrary.chip($0).digital != nil } ?? false }
  }

  private func chipWithoutWords(_ usual: ChipSpec?) throws -> any Chip {
    if let connect { return try server.chip(at: connect, client: CommandLine.brief) }
    let spec = try chip.map(ChipLibrary.chip) ?? usual ?? ChipLibrary.chip("synapus-1")
    let threads = threads ?? CPU.coreCount
    let analogFlags = imperfectionFlags.filter { $0 != "--kernel" }
    if spec.digital != nil, let flag = analogFlags.first {
      throw ValidationError(
        "Chip \(spec.name) is digital: \(flag) is for analog circuits and has no say; drop it.")
    }
    if ideal { return IdealChip(spec, threads: threads) }
    return try EmulatedChip(spec, try settings(on: spec))
  }

  /// Which device of a chip the options name, and how it is run.
  func settings(on spec: ChipSpec) throws -> EmulationSettings {
    let broken = try defects.map { try DefectList(reading: $0, on: spec.geometry) }
    return EmulationSettings(
      chipSeed: chipSeed ?? 0, trialSeed: seed ?? 0, mismatch: mismatch,
      effects: effects?.effects ?? .all, threads: threads ?? CPU.coreCount,
      kernel: kernel ?? .auto, residual: residual, defects: broken ?? .none,
      temperature: temperature ?? 0)
  }
}

extension ChipInfo {
  /// For example `chip synapus-1, emulated: chip seed 0, trial seed 0, mismatch 0.2, effects …`.
  var introduction: String {
    if spec.digital != nil, kind == "emulated" {
      return "chip \(spec.name), digital: trial seed \(trialSeed)"
    }
    var parts = ["chip seed \(chipSeed)", "trial seed \(trialSeed)"]
    parts.append(mismatch.map { "mismatch \($0)" } ?? "mismatch as in the chip file")
    parts.append("effects " + (effects.isEmpty ? "none" : effects.joined(separator: " ")))
    return kind == "ideal"
      ? "chip \(spec.name), ideal" : "chip \(spec.name), \(kind): \(parts.joined(separator: ", "))"
  }
}

/// The value of `--effects`.
struct EffectList: ExpressibleByArgument {
  var effects: Effects

  init?(argument: String) {
    switch argument {
    case "all": effects = .all
    case "none": effects = []
    default:
      effects = []
      for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
        guard let known = Effects.names.first(where: { $0.name == word }) else { return nil }
        effects.insert(known.effect)
      }
    }
  }
}

extension EmulationSettings.Kernel: ExpressibleByArgument {}

extension CommandLine {
  /// What other users of a server's chip read: the command's name alone.
  fileprivate static var brief: String {
    (["synapus"] + arguments.dropFirst().prefix(1)).joined(separator: " ")
  }
}
