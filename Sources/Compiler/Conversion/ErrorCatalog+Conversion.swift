extension ErrorCatalog {
  /// Why a network of weights and rectifiers does not become a spiking one.
  static let conversionTexts: [(code: String, text: String)] = [
    (
      "E0370",
      """
      An .npz file with a network has a text array 'layers' and for layer i the arrays 'i.weight',
      'i.bias' and so on, named as in torch's state_dict of a Sequential. One of them is missing, or
      has another type or shape than its layer. docs/ann-npz.md has the layout and ten lines that
      write it.
      """
    ),
    (
      "E0371",
      """
      A NIR graph without neuron nodes is taken for an ordinary network, with a rectifier behind all
      weights but the last. Its nodes must form one chain from Input to Output: branches and sums are
      not converted. Graphs with neuron nodes are compiled as they are, with any branches.
      """
    ),
    (
      "E0372",
      """
      Layers that are converted are dense ones, convolutions over two axes, average-pools, max-pools,
      batch normalisation, rectifiers and, at the output, softmax. Other non-linear functions have no
      counterpart in the rate of a neuron that integrates up to a threshold.
      """
    ),
    (
      "E0373",
      """
      A layer takes another number of values than the layer before it gives, or a window is larger
      than the picture. Where the first layer is a convolution, the file must say the shape of a
      sample: 'input_shape' in an .npz, the Input node in NIR; [channels, height, width], without a
      batch axis.
      """
    ),
    (
      "E0374",
      """
      Batch normalisation multiplies and shifts each channel by numbers that no longer change after
      training, so it is folded into the weights of the layer before it. There must be such a layer
      in the same block, with as many channels. Behind a rectifier it cannot be folded: move it in
      front of the rectifier, where most networks have it.
      """
    ),
    (
      "E0375",
      """
      A max-pool becomes layers of neurons, by max(a, b) = relu(a - b) + b. That holds for values
      that are not negative, so a rectifier must stand before it, or directly behind it, since the
      two may change places.
      """
    ),
    (
      "E0376",
      """
      Softmax compares all values of a layer with each other, which spiking neurons do not do here.
      At the output it is left out, because the largest value stays the largest. Within a network it
      cannot be left out.
      """
    ),
    (
      "E0377",
      """
      The samples of --balance-data must be of the network's input: as many channels, coded as the
      inputs will be when the chip runs. Of spikes a channel's count is taken for its value, a value
      of 1 being --input-rate spikes a tick; an .npz with an array 'samples' holds values themselves.
      """
    ),
    (
      "E0378",
      """
      Thresholds are set so that the largest activation of a layer gives the highest rate. A layer of
      which no activation is above zero, or that has weights that are no numbers, has no such
      threshold. Samples that excite it help, or removing it.
      """
    ),
    (
      "E0379",
      """
      A setting of the conversion lies outside of what is allowed. A neuron rests for a tick after
      each spike, so the highest rate is below one spike a tick; low rates take many ticks to tell
      values apart.
      """
    ),
  ]
}
