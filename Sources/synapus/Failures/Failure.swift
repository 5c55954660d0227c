import Analysis
import ChipInterface
import Datasets
import Emulator
import HardwareSpec
import Link
import NIR
import Training

/// One thing that went wrong, in the form in which every command says it.
struct Failure: Error, Equatable {
  var code: FailureCode
  /// One sentence: name, value, what is allowed.
  var sentence: String
  /// File and line, node of the network, core: wherever the fault sits.
  var place: String?
  /// What to do about it.
  var remedy: String?

  init(_ code: FailureCode, _ sentence: String, at place: String? = nil, try remedy: String? = nil)
  {
    (self.code, self.sentence, self.place, self.remedy) = (code, sentence, place, remedy)
  }

  /// For example `error[E0102]: 'time.clock_hertz' is missing`, then `where:` and `try:`.
  var text: String {
    var lines = ["error[\(code.rawValue)]: \(sentence)"]
    if let place { lines.append("where: \(place)") }
    if let remedy { lines.append("try: \(remedy)") }
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
    case let error as LinkError: self.init(list: [Failure(.endpoint, "\(error)")])
    case let error as NIRError: self.init(list: [Failure(.networkFile, "\(error)")])
    case let error as DatasetError: self.init(list: [Failure(.dataSet, "\(error)")])
    case let error as AnalysisError: self.init(list: [Failure(error)])
    case TrainingError.chip(let error): self.init(list: [Failure(error)])
    case let error as TrainingError: self.init(list: [Failure(.training, "\(error)")])
    default: self.init(list: [Failure(.internalFault, "\(error)")])
    }
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
  fileprivate init(_ error: ChipError) {
    switch error {
    case .imageOfAnotherChip:
      self.init(.imageOfAnotherChip, "\(error)")
    case .noImage, .invalidImage:
      self.init(.imageInvalid, "\(error)")
    case .weightsOutsideCore, .weightCount, .weightOutOfRange, .exactWeightsRefused,
      .coreNotInImage:
      self.init(.weights, "\(error)")
    case .malformedSpikes, .spikeUnitOutOfRange, .spikeTimeOutOfRange, .durationOutOfRange,
      .sampleCountMismatch, .unknownPopulation, .adcTooFast:
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
