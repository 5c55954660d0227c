import ChipInterface
import HardwareSpec
import Recordings

/// The circuits and cores that a run is asked to look at more closely.
struct ObservedParts {
  /// The circuits whose membranes are traced, and the same with their names.
  private(set) var circuits: [CircuitOnChip] = []
  /// The circuits with their names in design words.
  private(set) var named: [TraceRecording.Circuit] = []
  /// The cores whose signals are dumped.
  private(set) var cores: [CoreOnChip] = []

  /// Nothing is looked at.
  init() {}

  /// Reads neurons (unit numbers or population:index) and a list of cores (`0,3-5` or `all`).
  init(_ file: ImageFile, neurons: [String], cores list: String?) throws {
    let (image, geometry) = (file.image, file.spec.geometry)
    let names = UnitNames(populations: RecordingFile.populations(of: image.io))
    for neuron in neurons {
      let unit = try names.unit(neuron)
      guard let place = image.io.circuit(ofUnit: unit),
        let circuit = CircuitOnChip(place.range.core, column: place.column, on: geometry)
      else { continue }
      if circuits.contains(circuit) { continue }
      circuits.append(circuit)
      named.append(
        TraceRecording.Circuit(
          name: names.name(unit), core: circuit.core.index, column: circuit.column))
    }
    guard let list else { return }
    cores = image.cores.map(\.core)
    if list != "all" {
      let chosen = try Self.numbers(list)
      for number in chosen.sorted() where !cores.contains(where: { $0.index == number }) {
        let known = cores.map { "\($0.index)" }.joined(separator: ", ")
        throw Failure(
          .usage, "--vcd-cores names core \(number), which the image does not use; it uses \(known)"
        )
      }
      cores = cores.filter { chosen.contains($0.index) }
    }
  }

  /// The numbers of a list such as `0,3-5`.
  private static func numbers(_ list: String) throws -> Set<Int> {
    var numbers: Set<Int> = []
    for part in list.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil,
        (0...last).contains(first), last < 1 << 16
      else {
        throw Failure(
          .usage, "--vcd-cores is '\(list)'; core numbers and ranges are allowed", try: "0,3-5")
      }
      numbers.formUnion(first...last)
    }
    return numbers
  }
}
