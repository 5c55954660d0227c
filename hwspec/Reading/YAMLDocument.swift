import Yams

/// The YAML parser, with its errors as faults of a file.
package enum YAMLDocument {
  /// The root of a document.
  package static func root(of yaml: String, file: String) throws(SpecError) -> Node {
    do {
      if let node = try compose(yaml: yaml) { return node }
    } catch {
      throw .faults(file: file, [fault(ofSyntax: error, in: yaml)])
    }
    throw .faults(file: file, [.init(line: 1, message: "the file is empty")])
  }

  private static func fault(ofSyntax error: any Error, in yaml: String) -> SpecError.Fault {
    switch error {
    case YamlError.parser(_, let problem, let mark, _),
      YamlError.scanner(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      return .init(line: mark.line, message: "not YAML: \(problem)")
    case YamlError.reader(let problem, let offset, _, _):
      let before = yaml.utf8.prefix(offset ?? 0)
      let line = before.count { $0 == UInt8(ascii: "\n") } + 1
      return .init(line: line, message: "not YAML: \(problem)")
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      let names = keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      return .init(line: context.mark.line, message: "\(names) is given twice in one mapping")
    default:
      return .init(line: 1, message: "not YAML: \(error)".replacing("\n", with: " "))
    }
  }
}
