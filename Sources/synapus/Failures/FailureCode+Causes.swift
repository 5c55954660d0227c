extension FailureCode {
  /// What usually brings the failure about.
  var cause: String {
    switch self {
    case .usage: return "A flag is misspelt, missing, given twice, or excludes another."
    case .internalFault: return "A fault of this program, not of its user."
    case .interrupted: return "Ctrl-C, or a signal from a job scheduler."
    case .unknownChip: return "The name is misspelt, or a path without '/' or '.yaml'."
    case .chipFile: return "A hand-written chip file, or one of another version."
    case .kernelNotAvailable: return "A script from another machine names its kernel."
    case .imageOfAnotherChip: return "The chip's file was changed, or the image is another chip's."
    case .imageInvalid:
      return "A file cut short in transfer, edited by hand, or of a newer version."
    case .weights: return "Weights of another network, or floats that were not rounded."
    case .experiment: return "Input made for another network, or a run longer than the chip allows."
    case .connection: return "The server is not running, or the endpoint is another."
    case .serverRefusal:
      return "The request, or the chip behind the server; the message says which."
    case .endpoint: return "The port is taken, the folder is missing, or the address is not local."
    case .keyFile: return "A file was copied with wide rights, or is another tool's or server's."
    case .stateFolder: return "Another server runs on the folder, or the disk is full or damaged."
    case .outOfTolerance: return "A model was changed, or a bound is tighter than before."
    case .fileUnreadable: return "The path is misspelt, or the file belongs to someone else."
    case .fileUnwritable: return "The folder is missing or read-only."
    case .diskFull: return "The disk or the quota is used up."
    case .networkFile: return "An exporter's fault, a cut file, or a file that is not NIR."
    case .dataSet: return "The package with the data is not installed, or the file is another's."
    case .recordingFile: return "A file of another layout, cut short, or of another chip's clock."
    case .registerFile: return "A misspelt key, a wrong count, or a register out of range."
    case .goldenFile: return "A case of another version of the recorder, or edited by hand."
    case .training: return "A learning rate that is too large, or a network of another shape."
    case .analysis: return "Recordings of unlike length, or a figure without data."
    case .diagnosis: return "Image, input or settings are not those of the run."
    case .unknownRule: return "The name is misspelt, or a path without '/' or '.rule'."
    case .ruleFile: return "A hand-written rule, or one in another tool's dialect."
    case .ruleMisfit: return "The rule was written for a chip with wider numbers."
    case .microcode: return "Words made by hand or by another version."
    }
  }

  /// What removes the failure.
  var fix: String {
    switch self {
    case .usage: return "Read 'synapus help COMMAND'."
    case .internalFault: return "Report it with the command line and what was printed."
    case .interrupted: return "Run the command again; what it had written whole is still there."
    case .unknownChip: return "Take a name of 'synapus chip list', or a path with a '/'."
    case .chipFile:
      return "Mend the lines that are named; 'synapus chip check FILE' reads it again."
    case .kernelNotAvailable: return "--kernel auto."
    case .imageOfAnotherChip: return "Compile the network again for this chip."
    case .imageInvalid: return "Fetch or compile the image again."
    case .weights: return "Round weights with the image's own maps, within the chip's range."
    case .experiment: return "Give inputs, times and populations that 'synapus image show' lists."
    case .connection: return "Start 'synapus serve', and use the endpoint that it prints."
    case .serverRefusal: return "Mend what the message names, and ask again."
    case .endpoint: return "Choose a free port on 127.0.0.1, or an ipc path in a folder of yours."
    case .keyFile: return "Set the mode that the message names, or make the key again."
    case .stateFolder: return "Stop the other server, or give --state another folder."
    case .outOfTolerance: return "Look at the line of the table that failed; mend the model."
    case .fileUnreadable: return "Give the path of a file that is there and that you may read."
    case .fileUnwritable: return "Choose a folder that is there and that you may write."
    case .diskFull: return "Free some space, or choose another folder."
    case .networkFile: return "Export the network again, or mend the object that is named."
    case .dataSet: return "Install the package, or name the file with --data."
    case .recordingFile: return "Give a recording of 'synapus run', or a file in the SHD layout."
    case .registerFile: return "Mend the lines that are named; docs/registers.md describes them."
    case .goldenFile: return "Record the case again, or take it out of the folder."
    case .training: return "Lower the rate, or give a network of two dense layers."
    case .analysis: return "Compare recordings of one experiment."
    case .diagnosis: return "Give the image, input and flags of the run or the compilation."
    case .unknownRule: return "Take a name of 'synapus rule list', or a path with a '/'."
    case .ruleFile:
      return "Mend the places that are named; docs/learning-rules.md has the language."
    case .ruleMisfit: return "Scale the rule's numbers, or take a chip with a wider engine."
    case .microcode: return "Assemble the rule again with 'synapus rule assemble'."
    }
  }
}
