import Foundation
import HardwareSpec
import Testing

@Suite struct ChipFilesTests {
  @Test(arguments: ChipLibrary.names)
  func builtInChipParses(name: String) throws {
    #expect(try ChipLibrary.chip(name).name == name)
  }

  @Test(arguments: ChipLibrary.names + ["synapus-1-mesh-40x25"])
  func canonicalFormReadsBackAsTheSameChip(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    let again = try ChipSpec(yaml: spec.canonicalYAML, file: "canonical.yaml")
    #expect(again == spec)
    #expect(again.canonicalYAML == spec.canonicalYAML)
    #expect(again.hash == spec.hash)
  }

  @Test(arguments: ChipLibrary.names)
  func hashIgnoresCommentsAndLayout(name: String) throws {
    let text = try #require(ChipLibrary.text(of: name))
    let bare = text.split(separator: "\n").map { line in
      line.firstRange(of: /(^| )#/).map { String(line[..<$0.lowerBound]) } ?? String(line)
    }
    let spaced = bare.map { $0 + "   # \($0.count)" }.joined(separator: "\r\n\r\n")
    let spec = try ChipSpec(yaml: spaced, file: "spaced.yaml")
    #expect(spec.hash == (try ChipLibrary.chip(name).hash))
  }

  @Test func hashSeesEveryNumber() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let file = ChipFileLines(spec.canonicalYAML)
    var hashes: Set = [spec.hash]
    for leaf in file.leaves where Double(leaf.value) != nil {
      guard let other = neighbour(of: leaf, in: file) else {
        Issue.record("no other value is allowed for \(leaf.path)")
        continue
      }
      #expect(hashes.insert(other.hash).inserted, "\(leaf.path) does not change the hash")
    }
  }

  /// The chip with a slightly different number at one key, where the rules between keys allow it.
  private func neighbour(of leaf: ChipFileLines.Leaf, in file: ChipFileLines) -> ChipSpec? {
    let number = Double(leaf.value) ?? 0
    let tries = [
      "\(number * 0.999)", "\(number + 0.001)", "\(Int(number) + 1)", "\(Int(number) - 1)",
      "\(Int(number) + 2)", "\(Int(number) / 2)", "\(Int(number) + 16)", "\(Int(number) - 16)",
    ]
    return tries.lazy.filter { Double($0) != number }.compactMap {
      try? ChipSpec(yaml: file.with(leaf, $0), file: "")
    }.first
  }

  @Test func hashIsSHA256() {
    #expect(
      ContentHash.hexadecimal(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func meshByName() throws {
    let spec = try ChipLibrary.chip("synapus-1-mesh-40x25")
    #expect(spec.geometry.coreCount == 1_000)
    #expect(spec.name == "synapus-1-mesh-40x25")
    #expect(spec.hash != (try ChipLibrary.chip("synapus-1").hash))
  }

  @Test(arguments: ["synapus-2", "synapus-1-mesh-0x4", "synapus-1-mesh-257x1", "mesh-2x2", ""])
  func unknownNameListsTheKnownOnes(name: String) {
    #expect(
      throws: SpecError.unknownChip(
        name: name,
        known: [
          "synapus-1", "bss2-like", "bss1-like", "dynapse2-like", "loihi", "truenorth",
          "synapus-1-mesh-CxR",
        ])
    ) { try ChipLibrary.chip(name) }
  }

  @Test func chipByPath() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "synapus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "mine.yaml").path
    #expect(throws: SpecError.unreadable(path: path)) { try ChipLibrary.chip(path) }
    #expect(throws: SpecError.unreadable(path: folder.path)) { try ChipLibrary.chip(folder.path) }

    let text = try #require(ChipLibrary.text(of: "bss2-like"))
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try ChipLibrary.chip(path) == ChipLibrary.chip("bss2-like"))

    let bad = text.replacing("weight_bits: 6", with: "weight_bits: 9")
    try bad.write(toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: SpecError.self) { try ChipLibrary.chip(path) }
    let line =
      bad.split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.contains("weight_bits: 9") }.map { $0 + 1 } ?? 0
    #expect(
      error?.description
        == "\(path):\(line): 'synapse.weight_bits' is 9; a whole number from 1 to 7 is allowed")
  }

  @Test func endlessFileIsCutOff() throws {
    #expect(throws: SpecError.self) { try ChipLibrary.chip("/dev/zero") }
  }
}
