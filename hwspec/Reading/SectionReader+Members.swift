import Yams

extension SectionReader {
  /// The mappings below a key, each under a name that people chose, in the order of the file.
  package func members(_ key: String, keys: [String]) -> [(name: String, section: SectionReader)] {
    guard let node = value(key) else { return [] }
    guard case .mapping(let mapping) = node else {
      faults.add(node, "'\(name(key))' must be a mapping of names")
      return []
    }
    return mapping.map { member, content in
      let own = member.string ?? "?"
      let path = "\(name(key)).\(own.prefix(40))"
      return (own, SectionReader(content, path: path, keys: keys, faults))
    }
  }

  /// A plain value as it stands in the file; nil where the key is missing.
  package func scalar(_ key: String) -> String? {
    guard has(key), let node = value(key) else { return nil }
    guard let scalar = node.scalar else {
      faults.add(node, "'\(name(key))' must be one value")
      return nil
    }
    return scalar.string
  }
}
