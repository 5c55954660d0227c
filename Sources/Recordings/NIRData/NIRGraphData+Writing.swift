import NIR

extension NIRGraphData {
  /// Writes the data as HDF5 in the layout of nir 1.0.8, whole or not at all.
  ///
  /// - Throws: ``RecordingError/cannotWrite(file:code:)``, also for a name that is no file name.
  public func write(to path: String) throws(RecordingError) {
    var document = HDF5Document()
    add(to: &document, at: "/")
    do throws(HDF5Error) {
      try document.write(to: path)
    } catch {
      throw RecordingError(error, file: path)
    }
  }

  private func add(to document: inout HDF5Document, at path: String) {
    document.addAttribute("__type__", .text("NIRGraphData"), to: path)
    let folder = (path == "/" ? "" : path) + "/nodes"
    document.addGroup(folder)
    for (name, node) in nodes {
      document.addGroup("\(folder)/\(name)")
      switch node {
      case .graph(let graph): graph.add(to: &document, at: "\(folder)/\(name)")
      case .observables(let list): Self.add(list, to: &document, at: "\(folder)/\(name)")
      }
    }
  }

  private static func add(
    _ observables: [NIRObservable], to document: inout HDF5Document, at path: String
  ) {
    document.addAttribute("__type__", .text("NIRNodeData"), to: path)
    document.addGroup(path + "/observables")
    let sorted = observables.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for observable in sorted {
      let path = "\(path)/observables/\(observable.name)"
      document.addGroup(path)
      switch observable.values {
      case .timeGridded(let grid): add(grid, to: &document, at: path)
      case .events(let events): add(events, to: &document, at: path)
      }
    }
  }

  private static func add(
    _ grid: NIRObservable.TimeGridded, to document: inout HDF5Document, at path: String
  ) {
    document.addAttribute("__type__", .text("TimeGriddedData"), to: path)
    document.addAttribute("dt", .number(grid.dt), to: path)
    document.add(
      path + "/data",
      HDF5Array(
        shape: [grid.samples, grid.steps, grid.neurons], values: .float64(grid.values)))
  }

  /// Samples with fewer events than the longest end in events of neuron −1 at infinite time.
  private static func add(
    _ events: NIRObservable.Events, to document: inout HDF5Document, at path: String
  ) {
    let type = events.hasValues ? "ValuedEventData" : "EventData"
    document.addAttribute("__type__", .text(type), to: path)
    document.addAttribute("n_neurons", .integer(events.neuronCount), to: path)
    document.addAttribute("t_max", .number(events.duration), to: path)
    let longest = events.samples.map(\.count).max() ?? 0
    let shape = [events.samples.count, longest]
    func padded<Value>(_ value: (NIRObservable.Events.Event) -> Value, _ none: Value) -> [Value] {
      events.samples.flatMap { sample in
        sample.map(value) + [Value](repeating: none, count: longest - sample.count)
      }
    }
    document.add(
      path + "/idx", HDF5Array(shape: shape, values: .int64(padded({ Int64($0.neuron) }, -1))))
    document.add(
      path + "/time", HDF5Array(shape: shape, values: .float64(padded(\.time, .infinity))))
    guard events.hasValues else { return }
    document.add(
      path + "/value",
      HDF5Array(shape: shape, values: .float64(padded({ $0.value ?? 0 }, 0))))
  }
}
