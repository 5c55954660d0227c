import Foundation
import Testing

/// Reads the cases that brian2 recorded, from the JSON file of that name among the fixtures.
func brian2Cases<Case: Decodable>(_ name: String) throws -> [Case] {
  let url = try #require(
    Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
  return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
}
