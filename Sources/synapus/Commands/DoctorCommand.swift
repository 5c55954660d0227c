import ArgumentParser
import Emulator
import Foundation
import HardwareSpec
import Link

/// Tells whether this machine has what Synapus needs.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check what this machine has: libraries, processor, data.",
    discussion: "Exits with 1 when something is missing that every command needs.")

  @Option(help: ArgumentHelp("A server's folder of keys to look at.", valueName: "folder"))
  var keys: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let findings = Diagnosis(keys: keys).findings
    if output.json {
      try Console.writeJSON(["findings": findings])
    } else {
      let width = findings.map(\.subject.count).max() ?? 0
      let lines = findings.map { finding in
        let pad = String(repeating: " ", count: width - finding.subject.count)
        let note = finding.remedy.map { "; \($0)" } ?? ""
        return "\(finding.verdict.mark)  \(finding.subject)\(pad)  \(finding.value)\(note)"
      }
      try Console.write(lines.joined(separator: "\n"))
    }
    if findings.contains(where: { $0.verdict == .missing }) { throw ExitCode(1) }
  }
}

/// Everything that a doctor looks at.
struct Diagnosis {
  /// One look at one thing.
  struct Finding: Encodable {
    enum Verdict: String, Encodable {
      case good, advice, missing

      var mark: String {
        switch self {
        case .good: return "ok     "
        case .advice: return "advice "
        case .missing: return "MISSING"
        }
      }
    }
    var subject, value: String
    var verdict: Verdict
    var remedy: String?
  }

  /// A folder of keys to look at.
  var keys: String?

  var findings: [Finding] {
    [
      good("synapus", "\(SynapusCommand.version), \(Self.compiler)"),
      good("system", Self.system),
      good("processor", "\(CPU.model), \(CPU.coreCount) cores usable"),
      good("kernels", EmulatedChip.availableKernels.joined(separator: " ")),
      memory,
      zeroMQ, curve,
      library("HDF5", SystemLibrary.hdf5, package: "libhdf5-dev"),
      library("zlib", SystemLibrary.zlib, package: "zlib1g-dev"),
      library("METIS", SystemLibrary.metis, package: "libmetis-dev"),
      chips, temporaryFolder, fashionMNIST,
    ] + (keys.map { [keyFolder($0)] } ?? [])
  }

  private var zeroMQ: Finding {
    let found = LinkLibrary.version
    return LinkLibrary.isNewEnough
      ? good("libzmq", found)
      : Finding(
        subject: "libzmq", value: found, verdict: .missing,
        remedy: "it has known holes; install \(LinkLibrary.oldestVersion) or newer")
  }

  private var curve: Finding {
    LinkLibrary.hasCurve
      ? good("CURVE", "keys can be used")
      : Finding(
        subject: "CURVE", value: "not in this libzmq", verdict: .advice,
        remedy: "keys need a libzmq that was built with it")
  }

  private func keyFolder(_ path: String) -> Finding {
    do {
      let folder = KeyFolder(path)
      try folder.check()
      return good("keys", "\(path): \(try folder.holders().count) users, modes are right")
    } catch {
      return Finding(
        subject: "keys", value: "\(error)", verdict: .missing, remedy: "synapus explain E0404")
    }
  }

  private func good(_ subject: String, _ value: String) -> Finding {
    Finding(subject: subject, value: value, verdict: .good, remedy: nil)
  }

  private static var compiler: String {
    #if compiler(>=6.4)
      "built with Swift 6.4 or newer"
    #elseif compiler(>=6.3)
      "built with Swift 6.3"
    #else
      "built with Swift 6.2"
    #endif
  }

  private static var system: String {
    let name = LinuxFile("/etc/os-release").value(of: "PRETTY_NAME") ?? "unknown"
    let kernel = LinuxFile("/proc/sys/kernel/osrelease").firstLine
    return kernel.map { "\(name), Linux \($0)" } ?? name
  }

  private var memory: Finding {
    let total = ProcessInfo.processInfo.physicalMemory >> 20
    let value = "\(total) MiB"
    return total >= 2_000
      ? good("memory", value)
      : Finding(
        subject: "memory", value: value, verdict: .advice,
        remedy: "building Synapus takes about 2,000 MiB")
  }

  private func library(_ name: String, _ version: String?, package: String) -> Finding {
    guard let version else {
      return Finding(
        subject: name, value: "not found", verdict: .missing, remedy: "apt-get install \(package)")
    }
    return good(name, version)
  }

  private var chips: Finding {
    do {
      let names = try ChipLibrary.names.map { name in try ChipLibrary.chip(name).name }
      return good("chips", names.joined(separator: " "))
    } catch {
      return Finding(
        subject: "chips", value: "\(error)", verdict: .missing, remedy: "build Synapus again")
    }
  }

  private var temporaryFolder: Finding {
    let folder = FileManager.default.temporaryDirectory.path
    let probe = folder + "/synapus-doctor-\(getpid())"
    do {
      try OutputFile.write("probe", to: probe)
      unlink(probe)
      return good("temporary", "\(folder) can be written")
    } catch {
      return Finding(
        subject: "temporary", value: "\(folder) cannot be written", verdict: .missing,
        remedy: "set TMPDIR to a folder that you may write")
    }
  }

  private var fashionMNIST: Finding {
    let folder = "/usr/share/datasets/fashion-mnist"
    let names = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]
    let isThere = names.allSatisfy { name in
      FileManager.default.isReadableFile(atPath: "\(folder)/\(name)-ubyte.gz")
    }
    return isThere
      ? good("Fashion-MNIST", folder)
      : Finding(
        subject: "Fashion-MNIST", value: "not in \(folder)", verdict: .advice,
        remedy: "apt-get install dataset-fashion-mnist, or --data PATH")
  }
}

extension LinuxFile {
  fileprivate var firstLine: String? { value(of: "") }
}
