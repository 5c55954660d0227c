import Fidelity
import Foundation
import Testing

/// Networks of the frameworks' own exporters, replayed: same spikes, analog within 10⁻⁵.
@Suite struct NIRCaseTests {
  static let recorded = GoldenFiles.folder + "/nir"
  static let more = GoldenFiles.folder + "/nir-more"

  @Test(arguments: [recorded, more])
  func everyAnswerOfTheFrameworksIsGiven(folder: String) throws {
    let replay = NIRCaseReplay(of: folder)
    let names = try replay.names()
    #expect(names.count >= 9)
    for name in names {
      let result = replay.result(of: name)
      print(
        "\(result.file): \(result.model): \(result.compared) values,"
          + " \(result.mismatches) differ, worst \(result.worst) of full scale")
      #expect(result.pass, "\(result)")
    }
  }

  /// A case with one word of its stepping changed.
  private static func result(
    of name: String, replacing old: String, with new: String
  ) throws -> NIRCaseResult {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.copyItem(
      atPath: "\(recorded)/\(name).nir", toPath: "\(folder)/\(name).nir")
    let text = try String(contentsOfFile: "\(recorded)/\(name).json", encoding: .utf8)
    #expect(text.contains(old))
    try text.replacing(old, with: new).write(
      toFile: "\(folder)/\(name).json", atomically: true, encoding: .utf8)
    return NIRCaseReplay(of: folder).result(of: name)
  }

  /// Another rule, step, reset or answer is found out, or the tests above would show nothing.
  @Test(arguments: [
    ("snntorch_affine_lif", "late_subtract", "zero"),
    ("snntorch_affine_lif_resetzero", "0.0001", "0.0002"),
    ("snntorch_recurrent_cubalif", "\"snntorch\",\"dt\"", "\"norse\",\"dt\""),
    ("norse_affine_lif_li", "\"norse\",\"dt\"", "\"sinabs\",\"dt\""),
    ("rockpool_linear_cubalif", "multiple", "single"),
    ("sinabs_conv_if_sumpool", "\"subtract\"", "\"zero\""),
    ("spyx_cubalif_lif", "\"spyx\",\"dt\"", "\"snntorch\",\"dt\""),
    ("norse_affine_lif_li", "0.01018536", "0.01019536"),
  ])
  func whatIsWrongIsFoundOut(name: String, old: String, new: String) throws {
    let result = try Self.result(of: name, replacing: old, with: new)
    #expect(result.fault == nil && result.mismatches > 0 && !result.pass, "\(result)")
    #expect(result.first != nil)
  }

  @Test(arguments: [
    ("\"rule\":\"norse\"", "\"rule\":\"nest\"", "'stepping.rule' is 'nest'"),
    ("\"dt\":0.001", "\"dt\":0", "a step of 0"),
    ("\"dt\":0.001", "\"d\":0.001", "'stepping.dt' is missing"),
    ("\"output_shape\":[3]", "\"output_shape\":[4]", "'output_values' has the shape"),
    ("\"input_shape\":[12]", "\"input_shape\":[13]", "Input and 1 Output nodes of [12, 3]"),
    ("[[0,2],", "[[0,12],", "'input_events' holds no"),
    ("\"T\":100", "\"T\":1000000000000", "'input_shape' has the shape"),
  ])
  func badCasesAreSaidSo(old: String, new: String, words: String) throws {
    let result = try Self.result(of: "norse_affine_lif_li", replacing: old, with: new)
    #expect(result.fault?.contains(words) == true, "\(result.fault ?? "no fault")")
    #expect(!result.pass)
  }

  @Test func aFolderWithoutNetworksIsSaidSo() {
    #expect(throws: NIRCaseError.noCases(folder: "/nowhere")) {
      try NIRCaseReplay(of: "/nowhere").names()
    }
  }
}
