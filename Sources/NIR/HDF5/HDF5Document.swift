/// Is the contents of an HDF5 file as plain values: every object with its path and attributes.
///
/// Objects stand parents first; members of a group stand in the byte order of their names, which
/// is the order of every HDF5 reader.
package struct HDF5Document: Equatable, Sendable {
  /// What an object is.
  package enum Content: Equatable, Sendable {
    case group
    case array(HDF5Array)
    /// It is in the file, but was not read.
    case refused(HDF5Refusal)
  }

  /// An attribute: a small named value of an object.
  package struct Attribute: Equatable, Sendable {
    package let name: String
    package let content: Content
  }

  /// A group or dataset.
  package struct Object: Equatable, Sendable {
    /// From the root `/` on, such as `/node/edges`.
    package let path: String
    package var content: Content
    package var attributes: [Attribute] = []
  }

  package private(set) var objects: [Object] = []
  private var indexOfPath: [String: Int] = [:]
  private var membersOfPath: [String: [String]] = [:]

  /// Starts an empty file: the root group alone.
  package init() {
    append(Object(path: "/", content: .group))
  }

  /// Starts a document of objects that were read, parents first.
  init(objects: [Object]) {
    objects.forEach { append($0) }
  }

  private mutating func append(_ object: Object) {
    if let known = indexOfPath[object.path] {
      objects[known].content = object.content
      return
    }
    indexOfPath[object.path] = objects.count
    objects.append(object)
    guard let slash = object.path.lastIndex(of: "/"), object.path != "/" else { return }
    let parent = slash == object.path.startIndex ? "/" : String(object.path[..<slash])
    membersOfPath[parent, default: []].append(
      String(object.path[object.path.index(after: slash)...]))
  }

  /// Adds a group; its parent stands already.
  package mutating func addGroup(_ path: String) {
    append(Object(path: path, content: .group))
  }

  /// Adds a dataset; its parent stands already.
  package mutating func add(_ path: String, _ array: HDF5Array) {
    append(Object(path: path, content: .array(array)))
  }

  /// Notes an object that was not read.
  mutating func refuse(_ path: String, _ refusal: HDF5Refusal) {
    append(Object(path: path, content: .refused(refusal)))
  }

  /// Adds an attribute to an object that stands already.
  package mutating func addAttribute(_ name: String, _ array: HDF5Array, to path: String) {
    addAttribute(name, .array(array), to: path)
  }

  mutating func addAttribute(_ name: String, _ content: Content, to path: String) {
    guard let index = indexOfPath[path] else { return }
    objects[index].attributes.append(Attribute(name: name, content: content))
  }

  /// The object at a path, if the file has it.
  package func object(at path: String) -> Object? {
    indexOfPath[path].map { objects[$0] }
  }

  /// The names of a group's members, in order; empty for what is not a group.
  package func members(of path: String) -> [String] {
    membersOfPath[path] ?? []
  }

  /// The dataset at a path: nil where the file has none, an error where it was not read.
  package func array(at path: String) throws(HDF5Error) -> HDF5Array? {
    switch object(at: path)?.content {
    case .array(let array): array
    case .refused(let refusal): throw .refused(object: path, refusal)
    case .group, nil: nil
    }
  }

  /// The attribute of an object: nil where the file has none, an error where it was not read.
  package func attribute(_ name: String, of path: String) throws(HDF5Error) -> HDF5Array? {
    switch object(at: path)?.attributes.first(where: { $0.name == name })?.content {
    case .array(let array): array
    case .refused(let refusal): throw .refused(object: path + "@" + name, refusal)
    case .group, nil: nil
    }
  }
}
