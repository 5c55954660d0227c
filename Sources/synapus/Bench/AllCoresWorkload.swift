import ChipInterface
import HardwareSpec

/// Every core of the chip in use: all circuits, all synapses, the inputs of W1 on every core.
///
/// Shows what a whole chip needs of memory, or, with inputs to one core only, what idle cores cost;
/// the network itself means nothing.
struct AllCoresWorkload {
  let image: ChipImage
  let experiment: Experiment

  init(_ spec: ChipSpec, steps: Int, oneActive: Bool = false) {
    let single = SingleCoreWorkload(spec, steps: steps)
    let geometry = spec.geometry
    var image = single.image
    let first = image.cores[0]
    image.cores = geometry.cores.map { core in
      var copy = first
      copy.core = core
      return copy
    }
    let driven = oneActive ? Array(geometry.cores.prefix(1)) : geometry.cores
    image.inputRoutes = image.inputRoutes.indices.map { input in
      driven.compactMap { RowPairOnChip($0, pair: input, on: geometry) }
    }
    image.io.populations = [
      Population(
        name: "neurons",
        ranges: geometry.cores.map {
          CircuitRange(core: $0, firstColumn: 0, count: first.circuits.count)
        })
    ]
    image.io.projections = []
    (self.image, experiment) = (image, single.experiment)
  }
}
