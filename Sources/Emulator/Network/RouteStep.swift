/// What an event does at a station, in short: all that the stage-by-stage pass needs of most.
struct RouteStep {
  /// The server of the station behind this one; one past the last server when there is none.
  var onward: Int32
  /// The row pair here, and the axonal delay in ticks; unless `delivers` is 0.
  var slot: UInt16 = 0, pair: UInt16 = 0
  var delay: UInt8 = 0
  /// 1 where a crossbar leads to another core.
  var far: UInt8 = 0
  /// Row pairs here, 0 or 1.
  var delivers: UInt8 = 0
  /// Whether there is more: several row pairs or stations, or a dead link, or express links.
  var isMore: Bool = false
  /// The first stop of the event's way over express links; −1: it goes to servers.
  var express: Int32

  /// The steps of all stations.
  static func steps(_ forest: RouteForest, _ express: ExpressLinks) -> [RouteStep] {
    (0..<forest.stations.count - 1).map { RouteStep($0, forest, express.firstStops[$0]) }
  }

  private init(_ index: Int, _ forest: RouteForest, _ express: Int32) {
    self.express = express
    let (station, behind) = (forest.stations[index], forest.stations[index + 1])
    onward = index + 1 < station.end ? behind.server : Int32(forest.servers.count)
    isMore = express >= 0 || index + 1 < station.end && behind.end < station.end
    let count = behind.firstDelivery - station.firstDelivery
    guard count > 0 else { return }
    let end = forest.ends[Int(station.firstDelivery)]
    (slot, pair, delay, delivers) = (end.slot, end.pair, end.delay, 1)
    far = end.flags & RouteEnd.far
    isMore = isMore || count > 1 || end.flags & RouteEnd.dead != 0
  }
}
