/// Holds what was recorded at the nodes of a NIR network, as `nir.write_data` of the Python package
/// nir (from 1.0.5 on) stores it: the carrier for spikes and signals between frameworks.
///
/// Nodes and observables stand in the byte order of their names.
public struct NIRGraphData: Equatable, Sendable {
  /// What was recorded at a node: observables, or a nested graph's own nodes.
  public enum Node: Equatable, Sendable {
    /// What was observed of the node.
    case observables([NIRObservable])
    /// What was recorded inside a nested graph.
    case graph(NIRGraphData)
  }

  /// The recorded nodes under their names.
  public let nodes: [(name: String, node: Node)]

  /// Puts nodes into the order of their names.
  public init(nodes: [(name: String, node: Node)]) {
    self.nodes = nodes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Compares names and contents.
  public static func == (a: NIRGraphData, b: NIRGraphData) -> Bool {
    a.nodes.count == b.nodes.count && zip(a.nodes, b.nodes).allSatisfy { $0 == $1 }
  }

  /// An observable of a node that is no graph.
  public func observable(_ name: String, of node: String) -> NIRObservable? {
    guard case .observables(let list)? = nodes.first(where: { $0.name == node })?.node else {
      return nil
    }
    return list.first { $0.name == name }
  }
}

/// Is one quantity that was recorded of all neurons of a node.
public struct NIRObservable: Equatable, Sendable {
  /// What was recorded.
  public enum Values: Equatable, Sendable {
    /// One value a time step.
    case timeGridded(TimeGridded)
    /// Events, and a value of each where they have one.
    case events(Events)
  }

  /// Is a signal in equal time steps (`TimeGriddedData`).
  public struct TimeGridded: Equatable, Sendable {
    /// Values of shape [sample, step, neuron].
    public let values: [Double]
    /// Length of the axes.
    public let samples, steps, neurons: Int
    /// Length of a step, in the network's unit of time.
    public let dt: Double

    /// Gives values their shape, whose product must be their number.
    public init(values: [Double], samples: Int, steps: Int, neurons: Int, dt: Double) {
      precondition(values.count == samples * steps * neurons)
      (self.values, self.samples, self.steps) = (values, samples, steps)
      (self.neurons, self.dt) = (neurons, dt)
    }
  }

  /// Is a list of events a sample (`EventData`, with values `ValuedEventData`).
  public struct Events: Equatable, Sendable {
    /// One event of one neuron.
    public struct Event: Equatable, Sendable {
      /// The neuron within its node, from 0.
      public var neuron: Int
      /// When, in the network's unit of time.
      public var time: Double
      /// The event's value; nil where events have none.
      public var value: Double?

      /// Makes an event.
      public init(neuron: Int, time: Double, value: Double? = nil) {
        (self.neuron, self.time, self.value) = (neuron, time, value)
      }
    }

    /// The events of each sample, in the order of the file.
    public var samples: [[Event]]
    /// Neurons of the node.
    public var neuronCount: Int
    /// End of the recording, in the network's unit of time.
    public var duration: Double
    /// Whether events have values.
    public var hasValues: Bool

    /// Takes the events of each sample.
    public init(samples: [[Event]], neuronCount: Int, duration: Double, hasValues: Bool = false) {
      (self.samples, self.neuronCount) = (samples, neuronCount)
      (self.duration, self.hasValues) = (duration, hasValues)
    }
  }

  /// The quantity's name, such as `spikes`.
  public var name: String
  /// What was recorded.
  public var values: Values

  /// Names what was recorded.
  public init(_ name: String, _ values: Values) { (self.name, self.values) = (name, values) }
}
