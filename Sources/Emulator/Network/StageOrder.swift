/// The order in which servers can be worked off one after the other.
///
/// Outputs come first, then every link behind all links that send to it. Rows before columns leave
/// no circles.
struct StageOrder {
  /// Server by place in the order, and place by server.
  private(set) var servers: [Int32]
  private(set) var ranks: [Int32]
  /// For each server, the longest time that an event takes to it from the server before.
  private(set) var lookbacks: [Int32]

  private var successors: [[Int32]]
  private var entries: [Int32]

  /// Orders the servers of a forest whose first `outputs` ones are outputs; nil if they wait for
  /// each other in a circle.
  init?(_ stations: [RouteStation], _ all: [NetworkServer], outputs: Int) {
    servers = Array(0..<Int32(outputs))
    ranks = Array(repeating: 0, count: all.count)
    lookbacks = Array(repeating: 0, count: all.count)
    successors = Array(repeating: [], count: all.count)
    entries = Array(repeating: 0, count: all.count)
    for station in 0..<stations.count - 1 { join(station, stations, all, outputs) }
    follow(outputs)
    guard servers.count == all.count else { return nil }
    for (rank, server) in servers.enumerated() { ranks[Int(server)] = Int32(rank) }
  }

  private mutating func join(
    _ station: Int, _ stations: [RouteStation], _ all: [NetworkServer], _ outputs: Int
  ) {
    let from = Int(stations[station].server)
    if from < outputs { return }
    var next = station + 1
    while next < Int(stations[station].end) {
      let to = stations[next].server
      if !successors[from].contains(to) {
        successors[from].append(to)
        entries[Int(to)] += 1
        lookbacks[Int(to)] = max(lookbacks[Int(to)], all[from].latency)
      }
      next = Int(stations[next].end)
    }
  }

  private mutating func follow(_ outputs: Int) {
    for link in outputs..<max(outputs, ranks.count) where entries[link] == 0 {
      servers.append(Int32(link))
    }
    var next = outputs
    while next < servers.count {
      for to in successors[Int(servers[next])] {
        entries[Int(to)] -= 1
        if entries[Int(to)] == 0 { servers.append(to) }
      }
      next += 1
    }
  }
}
