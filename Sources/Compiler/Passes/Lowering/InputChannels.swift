/// The Input nodes of a network, joined in the order of their names into one numbering of channels.
struct InputChannels {
  /// The node, and its channels.
  private(set) var ranges: [(node: Int, channels: Range<Int>)] = []
  private(set) var count = 0

  init(_ graph: NodeGraph) {
    for node in graph.all(.input) {
      ranges.append((node, count..<count + graph.count(node)))
      count += graph.count(node)
    }
  }

  func channels(of node: Int) -> Range<Int> {
    ranges.first { $0.node == node }?.channels ?? 0..<0
  }
}
