extension ErrorCatalog {
  /// Why a misfit usually comes about, and what removes it; nil when there is no such code.
  public static func causeAndFix(_ code: String) -> (cause: String, fix: String)? {
    causes.first { $0.code == code.uppercased() }.map { ($0.cause, $0.fix) }
  }

  private static let causes: [(code: String, cause: String, fix: String)] =
    graphCauses + resourceCauses + registerCauses + conversionCauses

  // MARK: The network's graph

  private static let graphCauses = [
    (
      "E0301", "The file was written without an Input node, or with more than can be joined.",
      "Add an Input node in the program that wrote the file, and lead it to the first weights."
    ),
    (
      "E0302", "A node was left over when the network was changed, or an edge was forgotten.",
      "Remove the node, or connect it to the way from the input to a population."
    ),
    (
      "E0303",
      "An edge was written in the wrong direction, or nodes stand in an order without sense.",
      "Remove or turn the edge that the sentence names."
    ),
    (
      "E0304", "A loop without a neuron in it: its sum would have no end within one step.",
      "Put a population (LIF, CubaLIF, IF) into the loop, or open the loop."
    ),
    (
      "E0305", "Parameters were exported for another number of neurons than the weights lead to.",
      "Give each parameter of the node one value a neuron, or one value for all."
    ),
    (
      "E0306", "A gain or a threshold is zero, negative or not a number, often from training.",
      "Repair the value in the file; put a sign into the weights."
    ),
    (
      "E0325", "Shapes at the ends of an edge differ, or a nested graph has several ends.",
      "Write the file again with shapes that match, and one Input and Output for a nested graph."
    ),
    (
      "E0326", "The file holds an artificial network: weights without neuron nodes.",
      "Convert it (docs/ann-npz.md), or add neuron nodes."
    ),
    (
      "E0327", "A population that does not fire leads to weights; only spikes travel on the chip.",
      "Make the node a LIF, CubaLIF or IF, or put a Threshold node behind it."
    ),
    (
      "E0328", "Large matrices or convolutions stand in a row and are multiplied out.",
      "Put a population between the nodes, or make the layer smaller."
    ),
    (
      "E0329", "The exporter left the shape of the input out.",
      "Give the Input node its shape, or the convolution its input_shape."
    ),
    (
      "E0330", "A delay of the network is longer than the chip's axons hold.",
      "Shorten the delay, raise --dt or lower --ticks-per-step, or move it to the input."
    ),
    (
      "E0331", "The chip has no axonal delays.",
      "--chip synapus-1, or a network without delays between populations."
    ),
  ]

  // MARK: The chip's parts and ranges

  private static let resourceCauses = [
    (
      "E0311", "The network has more neurons, or more distinct inputs a core, than the chip holds.",
      "--chip NAME-mesh-CxR with the numbers that the message gives, or fewer neurons."
    ),
    (
      "E0312",
      "The fan-in of a neuron, times the copies of its inputs, exceeds the rows it can have.",
      "Fewer copies (--copies PROJECTION=1), a chip whose circuits join, or two layers."
    ),
    (
      "E0313", "The step of the network and the chip's tick do not match, or tau has another unit.",
      "--ticks-per-step or --dt with the number that the message gives."
    ),
    (
      "E0314", "A bias, a leak or a reset lies far from the range between leak and threshold.",
      "Bring the potential into the range that the message gives, or use a smaller bias."
    ),
    (
      "E0315", "Neurons of one layer have very unlike r or w_in.",
      "Multiply the differences into the weights: weight x r, and r = 1 for all."
    ),
    (
      "E0316", "Weights per step were asked for by projection, but a circuit has one gain.",
      "Give all projections onto the layer the same weight per step, or none."
    ),
    (
      "E0317", "Some weights are much larger than the rest, or the weight per step is too small.",
      "--copies for more weight, or --max-clip with the share that the message gives."
    ),
    (
      "E0318", "The refractory time lies outside of the circuit's counter.",
      "--refractory with the number that the message gives."
    ),
    (
      "E0320", "--strict refuses what the chip can only do nearly.",
      "Compile without --strict, and read the approximations in the report."
    ),
    (
      "E0335",
      "Joined circuits share the charge of an event, and gains end before they make it up.",
      "Fewer inputs a neuron, larger weights a step, or a lower threshold."
    ),
    (
      "E0336", "Joined neurons need neighbouring free cores, and the mesh has too few in a row.",
      "A larger mesh (--chip NAME-mesh-CxR), or fewer neurons with so many inputs."
    ),
    (
      "E0337", "The device's defects leave too few cores that are whole enough.",
      "A larger mesh, or another device (--chip-seed)."
    ),
    (
      "E0338", "The file of places names a core that is taken, dead, too small or not connected.",
      "Name another core in the file of --pre-place, or none."
    ),
    (
      "E0339", "The measured rates are more than a link or a port can carry.",
      "Fewer events, fewer copies, or a mesh with more cores."
    ),
    (
      "E0340", "Several chips were asked for, and the chip's file has no links between chips.",
      "Add network.chip_links to the chip's file, take a larger mesh, or --oversize parts."
    ),
    (
      "E0341", "The network exceeds even a mesh of chips.",
      "A smaller network, or --oversize parts."
    ),
    (
      "E0342", "--copies asks for more row pairs a sender than a core has.",
      "Fewer copies, as the error says."
    ),
    (
      "E0350", "The calibration is another chip's, or the chip file was changed after it.",
      "Calibrate this chip again, or compile with the chip file of the calibration."
    ),
    (
      "E0351", "The calibration's file was edited by hand, or cut short.",
      "Calibrate again; a table is not meant to be written by hand."
    ),
  ]

  // MARK: Digital chips

  private static let registerCauses = [
    (
      "E0321", "The network was written for another kind of cores.",
      "--chip loihi for current-based neurons, --chip truenorth for crossbars."
    ),
    (
      "E0322", "A value was computed for wider registers than the chip has.",
      "A value of the range that the message gives; docs/registers.md has the widths."
    ),
    (
      "E0323", "One neuron has more inputs, or weights of more bits, than a core can hold.",
      "Fewer synapses or weight bits, or a population in between."
    ),
    (
      "E0324", "The network names a rule, and the chip has no learning engine.",
      "Leave the rule out, or take a chip that learns (synapus chip show NAME)."
    ),
    (
      "E0360", "A time constant is shorter than a step of the digital chip.",
      "--ticks-per-step with the number that the message gives, or a smaller --dt."
    ),
    (
      "E0361", "A crossbar has no leak in proportion and no synaptic current.",
      "IF or I nodes in place of LIF and CubaLIF, or --chip loihi."
    ),
    (
      "E0362", "Weights of a crossbar are whole multiples of one number, and these are not.",
      "Quantise the network to few levels before it is written."
    ),
    (
      "E0363", "A crossbar neuron has one weight for each of four axon types.",
      "Train with at most four distinct weights a neuron, or --chip loihi."
    ),
  ]

  // MARK: Networks without neurons

  private static let conversionCauses = [
    (
      "E0370", "An array of the npz file is missing, or has another shape or type than its layer.",
      "Write the file as docs/ann-npz.md shows."
    ),
    (
      "E0371", "The graph without neurons has branches, loops, or several ends.",
      "Join the branches to one layer, or give the graph neuron nodes."
    ),
    (
      "E0372", "The network has a layer that is not converted, or an option that is not.",
      "Replace the layer and train again, or write the network with neuron nodes as NIR."
    ),
    (
      "E0373", "The shapes of two layers do not fit each other, or the input's has a batch axis.",
      "Give input_shape without the batch axis, and layers that fit each other."
    ),
    (
      "E0374", "A batch normalisation stands where no weights can take it up.",
      "Put it behind weights and before the rectifier."
    ),
    (
      "E0375", "A maximum is taken of values that may be negative, which rates cannot be.",
      "Put a rectifier before the max-pool, or train with an average-pool."
    ),
    (
      "E0376", "A softmax stands within the network.",
      "Remove it, or move it to the output, where it is left out."
    ),
    (
      "E0377", "The samples to balance by are of another shape or range than the network's inputs.",
      "Give samples that are coded as the inputs will be, or leave --balance-data out."
    ),
    (
      "E0378", "A layer has only zero weights, or no sample excites it.",
      "Give samples that excite the layer, or remove the layer."
    ),
    (
      "E0379", "A number of the conversion lies outside of what is allowed.",
      "Give a number of the range that the message names."
    ),
  ]
}
