import Analysis
import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads XML strictly and counts what the tests ask for; `nil` when it is not well formed.
final class MarkupReader: NSObject, XMLParserDelegate {
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  private(set) var text = ""

  static func read(_ document: String) -> MarkupReader? {
    let reader = MarkupReader()
    let parser = XMLParser(data: Data(document.utf8))
    parser.delegate = reader
    return parser.parse() ? reader : nil
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append((name, attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

  /// Elements that stand for data of one role, such as one circle an ADC sample.
  func count(role: String) -> Int { elements.count { $0.attributes["data-role"] == role } }

  /// Marks drawn by the paths of a role: the number of their moves.
  func moves(role: String) -> Int {
    elements.filter { $0.attributes["data-role"] == role }
      .reduce(0) { $0 + ($1.attributes["d"]?.filter { $0 == "M" }.count ?? 0) }
  }

  /// Pixel values of one attribute of all elements of a role.
  func values(_ attribute: String, role: String) -> [Double] {
    elements.filter { $0.attributes["data-role"] == role }
      .compactMap { $0.attributes[attribute].flatMap(Double.init) }
  }
}

/// A seeded generator for test data.
struct TestRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func times(_ count: Int, upTo end: Double = 100) -> [Double] {
    (0..<count).map { _ in Double.random(in: 0..<end, using: &self) }
  }

  mutating func spikes(_ count: Int, units: Int) -> [TimedSpike] {
    (0..<count).map { _ in
      TimedSpike(
        time: Double.random(in: 0..<100, using: &self),
        unit: Int.random(in: 0..<units, using: &self))
    }
  }
}
