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
      The network has no Input node, so no event could ever reach it. Several Input nodes are
      joined in the order of their names into one numbering of channels; the report says which
      channels belong to which node.
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
      An edge leads to an Input node, or begins at an Output node. Nested graphs are laid open
      first, so this is an edge of the outermost graph. Remove it.
      """
    ),
    (
      "E0304",
      """
      Weights, pools, delays and the like feed back onto themselves without a neuron in between:
      each round would take no time, and the sum has no end. Recurrence over a population is
      compiled; a spike acts back at the earliest one tick later.
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
      A neuron has more inputs than there are row pairs for. One event drives one pair of rows, one
      excitatory and one inhibitory, and copies of a projection take a pair each. Where the chip
      file has a section `coupling`, circuits of one column on up to `most_cores` connected cores
      join into one membrane and have the rows of all of them; other chips have only those of one
      core. Use fewer copies, a chip whose circuits join, or two layers that share the inputs.
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
    (
      "E0325",
      """
      The graph contradicts itself: shapes at the two ends of an edge differ, or a nested graph
      that edges lead to has not exactly one Input, or one that edges begin at not exactly one
      Output. The sentence names the nodes.
      """
    ),
    (
      "E0326",
      """
      The graph has no neuron node (LIF, CubaLIF, IF, LI, CubaLI, I, Threshold), so there is
      nothing that could spike. A network of an artificial kind, with a ReLU implied between its
      layers, is converted first: docs/ann-npz.md says how.
      """
    ),
    (
      "E0327",
      """
      LI, CubaLI and I nodes give a potential at every moment, and only spikes travel on the chip.
      Their potential can be read out (lead the node to an Output) or cut by a Threshold node, which
      makes a population that fires. It cannot be multiplied by weights and drive another
      population. Make the node a LIF, CubaLIF or IF, or put a Threshold node behind it.
      """
    ),
    (
      "E0328",
      """
      Linear nodes are multiplied out to single synapses, and a network may have 134,217,728 of them
      (2^27); multiplying out may take 2^34 multiplications. Convolutions and pools over
      large inputs, or two large matrices in a row, exceed this. Put a population between the
      nodes, or make the layer smaller.
      """
    ),
    (
      "E0329",
      """
      The number of synapses of a convolution, pool, Scale or Delay node follows from the shape of
      what it gets, and the graph does not say it: neither the node nor its neighbours have one.
      Give the Input node its shape, or the convolution its input_shape.
      """
    ),
    (
      "E0330",
      """
      A delay is longer than the chip's axons can hold, or than a host can keep an input event
      (65,535 ticks). A delay of the network takes delay / dt steps of `--ticks-per-step` ticks each.
      Delays of input events cost nothing and may be longer than those between populations.
      """
    ),
    (
      "E0331",
      """
      The chip has no axonal delays: its file has no `network: longest_delay_ticks` above zero. Only
      delays between the input and the first populations can be kept, because the host sends those
      events later.
      """
    ),
    (
      "E0335",
      """
      Circuits that are joined into one membrane have the capacitance of all, so each must give as
      much more charge for an event. Gains reach only so far; the compiler lowers the potentials of
      the layer first, down to 15 % of their usual swing. What helps is fewer joined circuits, which
      means fewer inputs a neuron, or smaller weights a step.
      """
    ),
    (
      "E0336",
      """
      Neurons of several joined circuits need cores in a row, each beside the next, for circuits
      join by wires between neighbours. The mesh, less its dead cores and those taken, has too few
      such rows. A larger mesh has more.
      """
    ),
    (
      "E0337",
      """
      The device has dead cores, columns or rows, and too few of its cores hold what the network's
      parts need. The compiler tried to cut the parts smaller before it gave up. A larger mesh, or
      another device, helps.
      """
    ),
    (
      "E0338",
      """
      A part of the network cannot have the core that `--pre-place` names: another part was given
      it, it is dead or its defects leave too little room, or joined cores cannot begin there.
      """
    ),
    (
      "E0339",
      """
      By the rates given with `--rates` a link of the mesh, or the input port of a core, would get
      more events a tick than it takes. Events would be lost without end. Rates that are only
      assumed never lead to this error, but to a warning.
      """
    ),
    (
      "E0340",
      """
      `--oversize chips` joins as many chips as a network needs, but the chip's file does not say
      what links between chips are like. The section `network` may have a key `chip_links` with the
      numbers of its links.
      """
    ),
    (
      "E0341",
      """
      The network needs more chips than a mesh of chips may have: up to 256 columns and 256 rows of
      cores. Parts of the network can run one after the other with `--oversize parts`.
      """
    ),
    (
      "E0342",
      """
      Copies of a sender are row pairs that its event drives on one core, so that they act at the same
      time. More copies than a core has row pairs cannot stay together; joined cores do not help.
      """
    ),
    (
      "E0350",
      """
      A calibration holds for one device of one chip file. The table names another chip, or the
      chip file has changed since: its hash is over all numbers, comments and layout apart.
      """
    ),
    (
      "E0351",
      """
      The calibration names cores, columns or codes that the chip does not have, or its lists are of
      unlike lengths. The file was probably edited by hand.
      """
    ),
    (
      "E0360",
      """
      A digital chip decays by register / 4096 in a step, as forward Euler does by dt / tau. A time
      constant below one step has no such register. More ticks a step make steps shorter.
      """
    ),
    (
      "E0361",
      """
      A crossbar neuron adds whole numbers and a constant leak. It has no leak in proportion to its
      potential and no synaptic current, so only IF and I nodes are exact on it; others are refused.
      """
    ),
    (
      "E0362",
      """
      A crossbar neuron counts in whole numbers up to 255. Weights, biases and resets of a population
      must be whole multiples of one number; nothing is rounded in silence. Quantise the network
      before it is written, for example to 4 or 8 levels.
      """
    ),
    (
      "E0363",
      """
      A synapse of a crossbar is one bit; its weight is the receiving neuron's for the axon's type,
      and there are four types. A neuron with more distinct weights does not fit. A sender takes one
      axon for each type under which it is heard.
      """
    ),
  ]
}
