/// The name of a kind of failure, as `error[E0101]` shows it and `synapus explain` takes it.
///
/// A code keeps its meaning for good; the first digit pair groups them by theme.
enum FailureCode: String, CaseIterable, Sendable {
  case usage = "E0001"
  case internalFault = "E0002"
  case interrupted = "E0003"
  case unknownChip = "E0101"
  case chipFile = "E0102"
  case kernelNotAvailable = "E0103"
  case imageOfAnotherChip = "E0201"
  case imageInvalid = "E0202"
  case weights = "E0203"
  case experiment = "E0204"
  case connection = "E0401"
  case serverRefusal = "E0402"
  case endpoint = "E0403"
  case keyFile = "E0404"
  case stateFolder = "E0405"
  case outOfTolerance = "E0501"
  case fileUnreadable = "E0601"
  case fileUnwritable = "E0602"
  case diskFull = "E0603"
  case networkFile = "E0604"
  case dataSet = "E0605"
  case recordingFile = "E0606"
  case registerFile = "E0607"
  case goldenFile = "E0608"
  case training = "E0701"
  case analysis = "E0801"
  case diagnosis = "E0802"
  case unknownRule = "E0901"
  case ruleFile = "E0902"
  case ruleMisfit = "E0903"
  case microcode = "E0904"

  /// The exit code of a command that ends with this failure.
  var exitCode: Int32 {
    switch self {
    case .usage: return 2
    case .connection: return 4
    case .outOfTolerance: return 5
    case .ruleMisfit: return 3
    case .interrupted: return 130
    default: return 1
    }
  }

  /// What the failure means and what helps, for `synapus explain`.
  var explanation: String {
    switch self {
    case .usage:
      return """
        The command line was not understood, or two of its flags exclude each other. Nothing was
        done. 'synapus help COMMAND' lists what a command takes.
        """
    case .internalFault:
      return """
        Synapus met a fault that it has no name for. Please report it with the whole command line
        and what was printed.
        """
    case .interrupted:
      return """
        The command was ended by Ctrl-C or by a termination signal. Files are written under their
        final name only when they are whole, so what is there is valid.
        """
    case .unknownChip:
      return """
        --chip takes the name of a built-in chip ('synapus chip list'), a mesh of one such as
        synapus-1-mesh-8x8, or the path of a chip file. A path holds a '/' or ends in '.yaml'.
        """
    case .chipFile:
      return """
        A chip file is refused when it is not plain YAML, when a key is unknown, missing or out of
        range, or when keys contradict each other. Every fault is listed with its line and with what
        is allowed. Anchors and aliases are not allowed. 'synapus chip show synapus-1 --yaml' prints
        a file to begin with.
        """
    case .kernelNotAvailable:
      return """
        --kernel asked for instructions that this processor lacks. All kernels give the same bits;
        'auto' takes the fastest there is, 'synapus doctor' lists them.
        """
    case .imageOfAnotherChip:
      return """
        A chip image holds DAC codes and coordinates of one chip, and the hash of its chip file. It
        runs on that chip only: compile the network again for the chip at hand.
        """
    case .imageInvalid:
      return """
        The file is no image, is damaged, has a version that this program does not read, or
        contradicts itself or its chip: a code above a DAC's range, a route to a core that is not in
        use, a wrong count. Section and offset, or the line of the text form, are in the message.
        """
    case .weights:
      return """
        New weights must be whole numbers within the range of the chip's synapses, in a rectangle of
        row pairs and columns of a core that the image uses.
        """
    case .experiment:
      return """
        The input does not fit the loaded image: an input channel, a time, a count or a population
        that the image does not have, or an ADC sampled faster than the converter can.
        """
    case .connection:
      return """
        No server answers at the endpoint, or it went away in the middle. Start one with
        'synapus serve --bind ENDPOINT', and give clients the endpoint that it prints.
        """
    case .serverRefusal:
      return """
        The server answered with an error of its own; its words are in the message. The server still
        runs and serves the next request.
        """
    case .endpoint:
      return """
        The server cannot listen there. Endpoints are ipc:///PATH and tcp://ADDRESS:PORT. Without
        keys only this machine may connect, because connections are encrypted and known by keys
        alone: 'synapus keys' makes some, and 'synapus serve --keys DIR' uses them.
        """
    case .keyFile:
      return """
        A key file or the folder of keys cannot be used: a secret that others can read, a file that
        others can write, a damaged or foreign file. Secret files have mode 0600, and nobody but
        their owner may write the folder. docs/serving.md draws the folder.
        """
    case .stateFolder:
      return """
        The folder in which a server keeps sessions, images and checkpoints cannot be used: it may
        not be written, another server uses it, or what is in it is damaged. A damaged journal is
        never repaired by guessing; move it away to begin with an empty one.
        """
    case .outOfTolerance:
      return """
        A measured deviation exceeds its bound. The bounds stand beside the errors in the table, and
        are only ever tightened.
        """
    case .networkFile:
      return """
        A network file is not NIR as this program reads it: the message names the object in the
        file. Files are read in a process of their own, with limits on size, objects and time.
        """
    case .dataSet:
      return """
        A data file is missing, damaged or of another kind. Fashion-MNIST is the Debian package
        dataset-fashion-mnist; the digits of 'synapus learn digits' come with python3-sklearn. --data
        names another folder or file.
        """
    case .recordingFile:
      return """
        A file of spikes or recordings cannot be read or written: it is not HDF5 in the SHD layout,
        is damaged, or was made with another clock than the chip's.
        """
    case .registerFile:
      return """
        A file of registers, or one beside a network, is refused when it is not plain YAML, when a
        key is unknown, missing or out of range, when a name or number is of no neuron, axon or
        population, or when a rule in it has a fault. docs/registers.md and docs/compiling.md
        describe the files. Every fault is listed with its line.
        """
    case .goldenFile:
      return """
        A recorded case of 'fidelity --golden' or '--nir' could not be replayed: it is not JSON, a
        key is missing or of another kind, an array has another shape, the case needs registers
        that the chip does not have, or the network's file cannot be read. The other files of the
        folder are replayed all the same.
        """
    case .training:
      return """
        The training cannot begin or go on: a setting out of range, a network of another shape than
        two dense layers, or weights that grew without bound.
        """
    case .analysis:
      return "A comparison or a figure was asked of data that it is not defined for."
    case .diagnosis:
      return """
        A spike cannot be explained: it is not in the recording, or the run cannot be repeated. 'why'
        runs the sample again on the device that the recording names and wants the same spikes; it
        needs the image and the input of the run, and weights that were not written since.
        """
    case .unknownRule:
      return """
        A learning rule is named by a built-in name ('synapus rule list') or by the path of a file,
        which holds a '/' or ends in '.rule'.
        """
    case .ruleFile:
      return """
        A .rule file is not a rule: a product without x0, y0 or u0 to u9, a decimal, a division, an
        unknown name or key. All faults are listed with line and column, with what was found and
        what may stand there. docs/learning-rules.md has the language; 'synapus rule show NAME
        --source' prints a rule to begin with.
        """
    case .ruleMisfit:
      return """
        The rule is well formed, but the chip's learning engine cannot do it: a mantissa, exponent,
        constant, impulse or epoch out of its range, a delay where synapses have none, a trace that
        correlation sensors do not give, a trace that no line sets, or more words than a core holds.
        'synapus chip show NAME' has the numbers under 'learning'.
        """
    case .microcode:
      return """
        A word cannot stand where it does, or is no word; docs/microcode.md draws what words hold.
        """
    case .fileUnreadable:
      return "A file that the command needs is not there or may not be read."
    case .fileUnwritable:
      return "A file could not be written there. What stood under its name before is untouched."
    case .diskFull:
      return """
        The disk or the quota is used up. The half-written temporary file was removed; what stood
        under the final name before is untouched.
        """
    }
  }
}
