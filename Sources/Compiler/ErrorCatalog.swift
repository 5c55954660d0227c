/// The long explanation of every misfit, for `synapus explain`.
public enum ErrorCatalog {
  /// The codes, ascending.
  public static var codes: [String] { allTexts.map(\.code) }

  /// What a code means, why the chip is so, and what helps; nil when there is no such code.
  public static func explain(_ code: String) -> String? {
    allTexts.first { $0.code == code.uppercased() }?.text
  }

  private static var allTexts: [(code: String, text: String)] { texts + conversionTexts }

  private static let texts: [(code: String, text: String)] = [
    (
      "E0301",
      """
      The network must have exactly one Input node. An image numbers its input channels from 0,
      and one Input node gives them that order. Join several inputs to one in the program that
      wrote the file.
      """
    ),
    (
      "E0302",
      """
      A node is not on a way from the input to a population. The compiler drops nothing in
      silence, so it refuses the network. Remove the node, or connect it.
      """
    ),
    (
      "E0303",
      """
      On the chip an event drives a row of synapses, and synapses drive neurons. So one Affine or
      Linear node must stand between the input and a population, and between two populations.
      Two weight nodes in a row can be multiplied to one; a missing one is the identity; weights
      behind the last population need a population (for example CubaLI) to drive.
      """
    ),
    (
      "E0304",
      """
      Populations feed back onto themselves. This version compiles feed-forward networks only.
      """
    ),
    (
      "E0305",
      """
      A population has another number of neurons than the weights that lead to it have rows. One
      value of each parameter a neuron is expected.
      """
    ),
    (
      "E0306",
      """
      A parameter is not positive where it must be, or of a size that no circuit can follow.
      Circuits have gains above zero; the sign of an input belongs to its weight, which chooses
      the excitatory or the inhibitory row. A threshold must lie above its neuron's leak.
      """
    ),
    (
      "E0311",
      """
      The network needs more cores than the chip has. A layer of more neurons than a core has
      circuits takes several cores, and each of them needs the rows of all senders. Layers share
      a core where circuits and row pairs suffice. Use a larger mesh (`--chip synapus-1-mesh-8x8`)
      or fewer neurons.
      """
    ),
    (
      "E0312",
      """
      A layer has more senders, times their copies, than a core has row pairs. A signed weight
      takes a pair of rows, one excitatory and one inhibitory, and circuits of several cores are
      not joined in this version. Use fewer copies, or fewer inputs.
      """
    ),
    (
      "E0313",
      """
      A time constant lies outside of what the chip's circuits reach. One step of the network is
      `--ticks-per-step` ticks of the chip, so a time constant takes tau / dt times that many
      ticks. If many are out of range by one factor, the file may have been written with other
      units: norse 1.1.0, for example, writes 10 ms as 1e-5 s unless exported with dt = 1.
      """
    ),
    (
      "E0314",
      """
      A potential lies beyond the supply rails or the DAC. A layer's largest distance from leak
      to threshold takes 70 codes of the ADC, and the other potentials follow that scale. A bias
      becomes a shift of the leak potential, so a large bias can be the cause.
      """
    ),
    (
      "E0315",
      """
      The neurons of a layer differ in r and w_in by more than the ratio of the chip's largest to
      its smallest synaptic gain. Multiply the differences into the weights.
      """
    ),
    (
      "E0316",
      """
      Several projections lead to one layer and ask for unlike weights per step. A circuit has
      one gain for all its rows, so they must share one scale.
      """
    ),
    (
      "E0317",
      """
      More stored weights are clipped than `--max-clip` allows. Weights clip when the weight per
      step that was given, or the largest that the gain reaches, is too small for them. Copies
      divide a weight over several row pairs.
      """
    ),
    (
      "E0318",
      """
      The refractory counter is too short for the time asked for, or a time below one tick was
      asked for. A circuit rests for at least one tick after a spike.
      """
    ),
    (
      "E0320",
      """
      The chip does something a little otherwise than the network's file says, and `--strict`
      allows no approximation. Without it the same sentence stands in the report.
      """
    ),
    (
      "E0321",
      """
      A register file describes neurons of one kind: current-based ones with decay registers, or
      those of a binary crossbar. The chip's cores have others, or are analog.
      """
    ),
    (
      "E0322",
      """
      A register has a fixed number of bits, and the value that was given does not fit. The chip
      file's section 'digital' holds the widths; docs/registers.md names the registers.
      """
    ),
    (
      "E0323",
      """
      One neuron needs more than a whole core has: an axon for each sender of each projection that
      leads to it, bits for its synapses, words for the rules. Neurons are never split over cores.
      """
    ),
    (
      "E0324",
      """
      A projection has a learning rule, and the chip file has no section 'learning'.
      """
    ),
  ]
}
