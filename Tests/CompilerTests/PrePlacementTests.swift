import ChipInterface
import Compiler
import HardwareSpec
import Testing

@Suite("Users choose cores for parts of a network")
struct PrePlacementTests {
  private static let head = "format: synapus-preplace/1\nplaces:\n"

  private func compiled(_ sizes: [Int], _ places: String) throws -> Compilation {
    try compile(sizes) {
      $0.prePlacement = try? PrePlacement(yaml: Self.head + places, file: "p.yaml")
    }.0
  }

  private func faults(_ text: String) -> [String] {
    do {
      _ = try PrePlacement(yaml: text, file: "p.yaml")
      return []
    } catch CompilerError.faultyFile(_, let faults) {
      return faults.map { "\($0.line): \($0.message)" }
    } catch {
      return ["\(error)"]
    }
  }

  @Test func populationsLieWhereTheyAreTold() throws {
    let result = try compiled([200, 250, 10], "  layer1: [2, 1]\n  layer2: [0, 3]\n")
    let cores = result.image.io.populations.map { $0.ranges[0].core.index }
    #expect(cores == [6, 12])
    // Parts of one population, and populations that would share a core but for the wish.
    let wide = try compiled([20, 600], "  layer1[1]: [3, 3]\n")
    #expect(wide.image.io.populations[0].ranges[1].core.index == 15)
    let apart = try compiled([5, 60, 3], "  layer1: [0, 0]\n  layer2: [1, 0]\n")
    #expect(apart.report.coresUsed == 2)
    let together = try compiled([5, 60, 3], "  layer1: [1, 1]\n  layer2: [1, 1]\n")
    #expect(together.image.cores.map(\.core.index) == [5])
    // Joined circuits begin at the core.
    let joined = try compiled([300, 20], "  layer1: [1, 2]\n")
    #expect(joined.image.groups[0].members[0].core.index == 9)
  }

  @Test func faultsHaveLines() throws {
    #expect(
      faults(Self.head + "  a: [1]\n  b[x]: [1, 2]\n  c: [1, -2]\n") == [
        "3: 'a' needs column and row of a core, as [1, 2]",
        "5: 'c' needs column and row of a core, as [1, 2]",
      ])
    #expect(faults("format: other\nplaces:\n  a: [0, 0]\n").first?.hasPrefix("1: ") == true)
    #expect(faults("format: synapus-preplace/1\nplaces: 3\n").count == 1)
    #expect(
      throws: CompilerError.faultyFile(
        "p.yaml",
        [
          .init(line: 3, message: "the network has no population 'none'"),
          .init(
            line: 4,
            message: "there is no core [4, 0]; the mesh has 4 columns and 4 rows, from 0"),
          .init(
            line: 5, message: "population 'layer1' has 3 parts, from 0; there is no part 3"),
          .init(
            line: 6,
            message: "population 'layer1' has 3 parts; name them one by one, 'layer1[0]' to"
              + " 'layer1[2]'"),
        ])
    ) {
      try compiled(
        [20, 600], "  none: [0, 0]\n  layer1[0]: [4, 0]\n  layer1[3]: [0, 0]\n  layer1: [1, 0]\n")
    }
  }

  @Test func twoPartsCannotHaveOneCore() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var options = CompileOptions(spec)
    options.prePlacement = PrePlacement([
      .init("layer1", column: 1, row: 1), .init("layer2", column: 1, row: 1),
    ])
    let found = try misfits(dense([200, 250, 20]).nirGraph(dt: 1e-3), options)
    #expect(
      found.map(\.message) == [
        "layer 'layer2' cannot have core 5: another part was given that core, or it is dead"
      ])
  }
}
