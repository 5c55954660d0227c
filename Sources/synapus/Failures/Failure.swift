import Analysis
import ChipInterface
import Compiler
import Datasets
import Emulator
import Fidelity
import FirmwareModels
import HardwareSpec
import Link
import NIR
import Recordings
import Training

/// One thing that went wrong, in the form in which every command says it.
struct Failure: Error, Equatable {
  /// What `error[...]` shows and `synapus explain` takes.
  var code: String
  /// The exit code of a command that ends with this failure.
  var exitCode: Int32
  /// One sentence: name, value, what is allowed.
  var sentence: String
  /// File and line, node of the network, core: wherever the fault sits.
  var place: String?
  /// What to do about it.
  var remedy: String?
  /// The command that tells more; only where there is more to tell than the remedy.
  var help: String?

  init(_ code: FailureCode, _ sentence: String, at place: String? = nil, try remedy: String? = nil)
  {
    (self.code, exitCode) = (code.rawValue, code.exitCode)
    (self.sentence, self.place, self.remedy) = (sentence, place, remedy)
  }

  /// A reason why a network does not fit a chip.
  init(_ entry: MisfitEntry) {
    (code, exitCode) = (entry.misfit.code, 3)
    (sentence, place, remedy) = (entry.misfit.message, entry.place, entry.remedy)
    help = Misfit.help(entry.misfit.code)
  }

  /// A reason why a network without neurons does not become a spiking one.
  init(_ fault: ConversionFault) {
    (code, exitCode) = (fault.code, 3)
    (sentence, remedy) = (fault.message, fault.remedy)
  }

  /// For example `error[E0102]: 'time.clock_hertz' is missing`, then `where:` and `try:`.
  var text: String {
    var lines = ["error[\(code)]: \(sentence)"]
    if let place { lines.append("where: \(place)") }
    if let remedy { lines.append("try: \(remedy)") }
    if let help { lines.append("see: \(help)") }
    return lines.joined(separator: "\n")
  }
}

/// Several failures at once: all misfits are listed, not the first.
struct Failures: Error, Equatable {
  var list: [Failure]
}

extension Failures {
  /// What an error of any module means on the command line.
  init(_ error: any Error) {
    switch error {
    case let error as Failures: self = error
    case let error as Failure: self.init(list: [error])
    case let error as SpecError: self.init(error)
    case let error as ChipError: self.init(list: [Failure(error)])
    case let error as EmulatorError:
      self.init(list: [
        Failure(.kernelNotAvailable, "\(error)", try: "--kernel auto")
      ])
    case let error as ImageFormatError: self.init(list: [Failure(.imageInvalid, "\(error)")])
    case let error as LinkError: self.init(list: [Failure(error)])
    case let error as CompilerError: self.init(error)
    case let error as NIRError: self.init(list: [Failure(.networkFile, "\(error)")])
    case let error as RecordingError:
      self.init(list: [Failure(.recordingFile, "\(error.description)")])
    case let error as DatasetError: self.init(list: [Failure(.dataSet, "\(error)")])
    case let error as AnalysisError: self.init(list: [Failure(error)])
    case let error as TrainingError: self.init(error)
    case let error as RuleError: self.init(error)
    case let error as GoldenError: self.init(list: [Failure(.goldenFile, "\(error)")])
    case let error as NIRCaseError: self.init(list: [Failure(.goldenFile, "\(error)")])
    case let error as DiagnosisError: self.init(list: [Failure(.diagnosis, "\(error)")])
    default: self.init(list: [Failure(.internalFault, "\(error)")])
    }
  }

  private init(_ error: TrainingError) {
    switch error {
    case .chip(let error): self.init(error)
    case .compiler(let error): self.init(error)
    case .dataset(let error): self.init(error)
    case .graph(let error): self.init(error)
    default: self.init(list: [Failure(.training, "\(error)")])
    }
  }

  private init(_ error: CompilerError) {
    switch error {
    case .doesNotFit(let report):
      self.init(list: report.misfits.map { Failure(MisfitEntry($0, in: report)) })
    case .faultyFile(let file, let faults):
      self.init(list: faults.map { Failure(.registerFile, $0.message, at: "\(file):\($0.line)") })
    case .duplicateName, .emptyPopulation, .synapseEnds, .duplicateSynapse, .crossbarShape,
      .crossbarOrder, .unknownAxon, .unknownNeuron:
      self.init(list: [Failure(.registerFile, "\(error)")])
    case .option, .unknownProjection, .unknownPopulation, .digitalChip:
      self.init(list: [Failure(.usage, "\(error)", try: "synapus compile --help")])
    case .conversion(let fault): self.init(list: [Failure(fault)])
    case .brokenInvariants, .weightCount, .malformedMap:
      self.init(list: [Failure(.internalFault, "\(error)")])
    }
  }

  private init(_ error: RuleError) {
    switch error {
    case .unknownRule:
      self.init(list: [Failure(.unknownRule, "\(error)", try: "synapus rule list")])
    case .faults(let file, let faults): self.init(.ruleFile, faults, of: file)
    case .doesNotFit(let file, let faults): self.init(.ruleMisfit, faults, of: file)
    case .unencodable, .impossibleWord, .unfitProduct:
      self.init(list: [Failure(.microcode, "\(error)")])
    }
  }

  private init(_ code: FailureCode, _ faults: [RuleError.Fault], of file: String) {
    self.init(
      list: faults.map { Failure(code, $0.message, at: "\(file):\($0.line):\($0.column)") })
  }

  private init(_ error: SpecError) {
    switch error {
    case .unknownChip:
      self.init(list: [Failure(.unknownChip, "\(error)", try: "synapus chip list")])
    case .unreadable(let path):
      self.init(list: [Failure(.fileUnreadable, "\(error)", at: path)])
    case .faults(let file, let faults):
      self.init(list: faults.map { Failure(.chipFile, $0.message, at: "\(file):\($0.line)") })
    }
  }
}

extension Failure {
  fileprivate init(_ error: LinkError) {
    switch error {
    case .keys(let path, let fault):
      self.init(.keyFile, "\(error)", at: path, try: fault.remedy(path))
    case .curveMissing: self.init(.keyFile, "\(error)", try: "synapus doctor")
    case .state(let folder, _):
      self.init(.stateFolder, "\(error)", at: folder, try: "--state FOLDER, or --state none")
    case .log(let path, _): self.init(.fileUnwritable, "\(error)", at: path)
    case .notLoopback: self.init(.endpoint, "\(error)", try: "synapus keys new server --dir DIR")
    default: self.init(.endpoint, "\(error)")
    }
  }

  fileprivate init(_ error: ChipError) {
    switch error {
    case .imageOfAnotherChip:
      self.init(.imageOfAnotherChip, "\(error)")
    case .noImage, .invalidImage, .stateOfAnotherImage, .invalidState:
      self.init(.imageInvalid, "\(error)")
    case .weightsOutsideCore, .weightCount, .weightOutOfRange, .exactWeightsRefused,
      .coreNotInImage, .noSynapse, .synapsesNotWritable:
      self.init(.weights, "\(error)")
    case .malformedSpikes, .spikeUnitOutOfRange, .spikeTimeOutOfRange, .durationOutOfRange,
      .sampleCountMismatch, .unknownPopulation, .adcTooFast, .circuitNotInImage, .sensorsOff,
      .gradedEventOutOfRange, .gradedSampleCount, .registerNotInImage, .drawsTooFew,
      .notOnDigitalChip, .notInSequence, .recordingsDiffer:
      self.init(.experiment, "\(error)")
    case .cancelled: self.init(.interrupted, "\(error)")
    case .remote: self.init(.serverRefusal, "\(error)")
    case .connection(let endpoint, _):
      self.init(.connection, "\(error)", try: "synapus serve --bind \(endpoint)")
    }
  }
  fileprivate init(_ error: AnalysisError) {
    switch error {
    case .diskFull(let path): self.init(.diskFull, "\(error)", at: path)
    case .notWritable(let path, _): self.init(.fileUnwritable, "\(error)", at: path)
    default: self.init(.analysis, "\(error)")
    }
  }
}

extension KeyFault {
  /// The command that mends it, where one does.
  fileprivate func remedy(_ path: String) -> String? {
    switch self {
    case .readableByOthers: return "chmod 600 '\(path)'"
    case .writableByOthers: return "chmod go-w '\(path)'"
    default: return nil
    }
  }
}
