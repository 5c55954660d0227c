import NIR

extension NIRGraphData {
  /// Reads a file that `nir.write_data` or ``write(to:)`` wrote.
  ///
  /// - Throws: ``RecordingError`` naming the object. A damaged file never does more harm.
  public init(reading path: String) throws(RecordingError) {
    let limits = HDF5Limits(bytes: 1 << 30, objects: 100_000, depth: 32, seconds: 60)
    let document: HDF5Document
    do throws(HDF5Error) {
      document = try HDF5Document(reading: path, limits: limits)
    } catch {
      throw RecordingError(error, file: path)
    }
    self = try NIRDataReader(file: path, document: document).graph(at: "/")
  }
}

/// Reads groups of a NIRGraphData file.
private struct NIRDataReader {
  let file: String
  let document: HDF5Document

  func graph(at path: String) throws(RecordingError) -> NIRGraphData {
    let type = try text("__type__", of: path)
    guard type == "NIRGraphData" else { throw wrong(path + "@__type__", "\"NIRGraphData\"") }
    let folder = (path == "/" ? "" : path) + "/nodes"
    guard document.object(at: folder)?.content == .group else {
      throw wrong(folder, "a group of nodes")
    }
    var nodes: [(name: String, node: NIRGraphData.Node)] = []
    for name in document.members(of: folder) {
      let path = "\(folder)/\(name)"
      switch try text("__type__", of: path) {
      case "NIRGraphData": nodes.append((name, .graph(try graph(at: path))))
      case "NIRNodeData": nodes.append((name, .observables(try observables(of: path))))
      default: throw wrong(path + "@__type__", "\"NIRNodeData\" or \"NIRGraphData\"")
      }
    }
    return NIRGraphData(nodes: nodes)
  }

  private func observables(of path: String) throws(RecordingError) -> [NIRObservable] {
    var observables: [NIRObservable] = []
    for name in document.members(of: path + "/observables") {
      let path = "\(path)/observables/\(name)"
      switch try text("__type__", of: path) {
      case "TimeGriddedData":
        observables.append(NIRObservable(name, .timeGridded(try grid(at: path))))
      case "EventData":
        observables.append(NIRObservable(name, .events(try events(at: path, hasValues: false))))
      case "ValuedEventData":
        observables.append(NIRObservable(name, .events(try events(at: path, hasValues: true))))
      default:
        throw wrong(
          path + "@__type__", "\"TimeGriddedData\", \"EventData\" or \"ValuedEventData\"")
      }
    }
    return observables
  }

  private func grid(at path: String) throws(RecordingError) -> NIRObservable.TimeGridded {
    guard let data = try array(path + "/data"), let values = data.numbers, data.shape.count == 3
    else { throw wrong(path + "/data", "numbers of shape [sample, step, neuron]") }
    let dt = try number("dt", of: path)
    guard dt > 0 else { throw wrong(path + "@dt", "above zero") }
    return NIRObservable.TimeGridded(
      values: values, samples: data.shape[0], steps: data.shape[1], neurons: data.shape[2], dt: dt)
  }

  private func events(
    at path: String, hasValues: Bool
  ) throws(RecordingError) -> NIRObservable.Events {
    guard let index = try array(path + "/idx"), let neurons = index.integers,
      index.shape.count == 2
    else { throw wrong(path + "/idx", "integers of shape [sample, event]") }
    guard let times = try array(path + "/time")?.numbers, times.count == neurons.count else {
      throw wrong(path + "/time", "numbers of the shape of idx")
    }
    let values = hasValues ? try array(path + "/value")?.numbers : []
    guard let values, !hasValues || values.count == neurons.count else {
      throw wrong(path + "/value", "numbers of the shape of idx")
    }
    let count = try number("n_neurons", of: path)
    guard let count = Int(exactly: count), count >= 0 else {
      throw wrong(path + "@n_neurons", "a whole number from 0")
    }
    let duration = try number("t_max", of: path)
    var samples: [[NIRObservable.Events.Event]] = []
    for sample in 0..<index.shape[0] {
      samples.append([])
      for event in sample * index.shape[1]..<(sample + 1) * index.shape[1]
      where neurons[event] != -1 {
        guard (0..<Int64(count)).contains(neurons[event]), times[event].isFinite else {
          throw .badSpike(file: file, sample: sample, spike: event - sample * index.shape[1])
        }
        samples[sample].append(
          .init(
            neuron: Int(neurons[event]), time: times[event],
            value: hasValues ? values[event] : nil))
      }
    }
    return .init(
      samples: samples, neuronCount: count, duration: duration, hasValues: hasValues)
  }

  private func wrong(_ object: String, _ expected: String) -> RecordingError {
    .wrongObject(file: file, object: object, expected: expected)
  }

  private func array(_ path: String) throws(RecordingError) -> HDF5Array? {
    do throws(HDF5Error) {
      return try document.array(at: path)
    } catch {
      throw RecordingError(error, file: file)
    }
  }

  private func attribute(_ name: String, of path: String) throws(RecordingError) -> HDF5Array? {
    do throws(HDF5Error) {
      return try document.attribute(name, of: path)
    } catch {
      throw RecordingError(error, file: file)
    }
  }

  private func text(_ name: String, of path: String) throws(RecordingError) -> String {
    guard let text = try attribute(name, of: path)?.text else {
      throw wrong("\(path)@\(name)", "a string")
    }
    return text
  }

  private func number(_ name: String, of path: String) throws(RecordingError) -> Double {
    guard let numbers = try attribute(name, of: path)?.numbers, numbers.count == 1,
      numbers[0].isFinite
    else { throw wrong("\(path)@\(name)", "a number") }
    return numbers[0]
  }
}
