import CMETIS
import Synchronization

/// A graph that METIS cuts.
///
/// Karypis and Kumar: "A fast and high quality multilevel scheme for partitioning irregular graphs",
/// SIAM J. Sci. Comput. 20, 1998.
struct CutGraph {
  /// What a cut costs.
  enum Objective {
    /// The weights of edges between groups.
    case edges
    /// For every vertex, its size times the other groups among its neighbours.
    case volume
  }

  private let constraints: Int
  private var starts: [idx_t] = []
  private var neighbours: [idx_t] = []
  private var edgeWeights: [idx_t] = []
  private var vertexWeights: [idx_t] = []
  private var sizes: [idx_t] = []

  /// Starts a graph whose vertices have so many weights each.
  init(constraints: Int) { self.constraints = constraints }

  mutating func addVertex(weights: [Int32], size: Int32) {
    vertexWeights += weights
    sizes.append(size)
  }

  /// Opens the list of the next vertex's edges; every edge stands in both its vertices' lists.
  mutating func beginEdges() { starts.append(idx_t(neighbours.count)) }

  mutating func addEdge(to vertex: Int32, weight: Int32) {
    neighbours.append(vertex)
    edgeWeights.append(max(weight, 1))
  }

  /// METIS draws from the C library's generator, which all threads share.
  private static let turn = Mutex(())

  /// The group of each vertex, or nil when METIS finds none.
  ///
  /// - Parameters:
  ///   - shares: The part of all weight that each group should get; nil: equal parts.
  ///   - imbalance: By how much a group may exceed its part of each weight, as a fraction.
  func cut(
    into count: Int, minimising objective: Objective = .edges, imbalance: Double, seed: UInt64,
    shares: [Double]? = nil
  ) -> [Int32]? {
    guard sizes.count > count, count > 1, neighbours.count < Int(Int32.max) / 4 else { return nil }
    var options = [idx_t](repeating: -1, count: Int(METIS_NOPTIONS))
    METIS_SetDefaultOptions(&options)
    options[Int(METIS_OPTION_SEED.rawValue)] = idx_t(seed % 1_000_000)
    options[Int(METIS_OPTION_OBJTYPE.rawValue)] = idx_t(
      objective == .volume ? METIS_OBJTYPE_VOL.rawValue : METIS_OBJTYPE_CUT.rawValue)
    var (vertices, weightsEach, groups, cost) = (
      idx_t(sizes.count), idx_t(constraints), idx_t(count), idx_t(0)
    )
    var (starts, neighbours, edgeWeights) = (starts, neighbours, edgeWeights)
    starts.append(idx_t(neighbours.count))
    var (weights, sizes) = (vertexWeights, sizes)
    var tolerance = [real_t](repeating: real_t(1 + imbalance), count: constraints)
    var targets = (shares ?? Array(repeating: 1 / Double(count), count: count)).flatMap {
      [real_t](repeating: real_t($0), count: constraints)
    }
    var part = [idx_t](repeating: 0, count: sizes.count)
    let result = Self.turn.withLock { _ in
      METIS_PartGraphKway(
        &vertices, &weightsEach, &starts, &neighbours, &weights, &sizes, &edgeWeights, &groups,
        &targets, &tolerance, &options, &cost, &part)
    }
    return result == METIS_OK.rawValue ? part : nil
  }
}
