import ArgumentParser
import ChipInterface
import Emulator
import HardwareSpec

/// Which chip a command talks to: CHIP in the help texts.
struct ChipOptions: ParsableArguments {
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
      "The imperfections that are on: all, none, or a list of mismatch,synapse,adc,noise,jitter"
        + " (default: all).", valueName: "list"))
  var effects: EffectList?

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
    if let mismatch, !(0...1).contains(mismatch) {
      throw ValidationError("--mismatch is \(mismatch); 0 to 1 is allowed.")
    }
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads is \(threads); 1 to 256 is allowed.")
    }
    if ideal, let other = imperfectionFlags.first {
      throw ValidationError("--ideal has no imperfections and excludes \(other); drop one of them.")
    }
  }

  /// The flags in use that mean nothing on an ideal chip.
  private var imperfectionFlags: [String] {
    [
      ("--mismatch", mismatch != nil), ("--effects", effects != nil),
      ("--chip-seed", chipSeed != nil), ("--kernel", kernel != nil),
    ].filter(\.1).map(\.0)
  }
}

extension ChipOptions {
  /// The chip file that the options name.
  func spec() throws -> ChipSpec { try ChipLibrary.chip(chip ?? "synapus-1") }

  /// The settings of an emulated device.
  var settings: EmulationSettings {
    EmulationSettings(
      chipSeed: chipSeed ?? 0, trialSeed: seed ?? 0, mismatch: mismatch,
      effects: effects?.effects ?? .all, threads: threads ?? CPU.coreCount, kernel: kernel ?? .auto)
  }

  /// Makes the chip, and says which one it is.
  func makeChip() throws -> any Chip {
    let spec = try spec()
    let chip: any Chip =
      ideal
      ? IdealChip(spec, threads: threads ?? CPU.coreCount) : try EmulatedChip(spec, settings)
    Console.say(chip.info.introduction)
    return chip
  }
}

extension ChipInfo {
  /// For example `chip synapus-1, emulated: chip seed 0, trial seed 0, mismatch 0.2, effects …`.
  var introduction: String {
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
