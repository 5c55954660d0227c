import HardwareSpec
import Testing

@Suite struct CoordinatesTests {
  @Test(arguments: ChipLibrary.names)
  func coordinatesExistExactlyInsideTheChip(name: String) throws {
    let geometry = try ChipLibrary.chip(name).geometry
    #expect(geometry.cores.map(\.index) == Array(0..<geometry.coreCount))
    for index in [-1, geometry.coreCount, .min, .max] {
      #expect(CoreOnChip(index, on: geometry) == nil)
    }
    let core = try #require(CoreOnChip(geometry.coreCount - 1, on: geometry))
    #expect(CircuitOnChip(core, column: geometry.circuitsPerCore - 1, on: geometry) != nil)
    #expect(RowPairOnChip(core, pair: geometry.rowPairsPerCore - 1, on: geometry) != nil)
    for bad in [-1, 4096, .min, .max] {
      #expect(CircuitOnChip(core, column: bad, on: geometry) == nil)
      #expect(RowPairOnChip(core, pair: bad, on: geometry) == nil)
    }
  }

  @Test func coordinatesSortCoreFirst() throws {
    let geometry = try ChipLibrary.chip("synapus-1").geometry
    let all = geometry.cores.flatMap { core in
      [0, 1, 255].compactMap { CircuitOnChip(core, column: $0, on: geometry) }
    }
    #expect(all.count == 48)
    #expect(all.reversed().sorted() == all)
    #expect(all[4].description == "core 1 column 1")
  }

  @Test func hopsAreTheManhattanDistance() throws {
    let geometry = try ChipLibrary.chip("synapus-1").geometry
    let cores = geometry.cores
    #expect(geometry.hops(from: cores[0], to: cores[15]) == 6)
    #expect(geometry.hops(from: cores[3], to: cores[4]) == 4)
    for a in cores {
      #expect(geometry.hops(from: a, to: a) == 0)
      for b in cores {
        #expect(geometry.hops(from: a, to: b) == geometry.hops(from: b, to: a))
        for c in cores {
          let detour = geometry.hops(from: a, to: c) + geometry.hops(from: c, to: b)
          #expect(geometry.hops(from: a, to: b) <= detour)
        }
      }
    }
  }
}
