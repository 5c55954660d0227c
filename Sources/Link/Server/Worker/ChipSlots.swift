import ChipInterface
import HardwareSpec

/// The images of all sessions on one chip, one of which is there; the others wait with their states.
///
/// A slot whose image learned or was written to is put aside by a snapshot; one that was not keeps
/// the state that it came with. Slots with the same image share it, and change places on the chip
/// without a load.
final class ChipSlots {
  /// An image, as often as it is used.
  private final class Picture {
    let hash: String
    let image: ChipImage
    /// The state of a chip that was only loaded; nil as long as nobody took it.
    var initial: ChipState?

    init(hash: String, image: ChipImage) { (self.hash, self.image) = (hash, image) }

    var learns: Bool { !image.programs.isEmpty }
  }

  private struct Slot {
    var picture: Picture
    /// What the chip had, or has to have, for this slot; nil: as loading leaves it.
    var state: ChipState?
    /// Whether the chip has something else by now.
    var isTouched = false
    var pace = SlicePace()
  }

  /// What may be held.
  var limits = WorkerLimits()
  let chip: any Chip
  private let spec: ChipSpec
  private var slots: [Int: Slot] = [:]
  private var onChip: Int? {
    didSet { isStale = false }
  }
  /// Whether the chip has what a run left that was rolled back, and not what its slot should have.
  private var isStale = false

  /// Takes a chip with nothing on it.
  init(_ chip: any Chip) { (self.chip, spec) = (chip, chip.info.spec) }

  // MARK: Images

  /// Puts the image with these bytes into a slot and on the chip, and gives its hash.
  func load(_ number: Int, _ bytes: [UInt8]) throws -> String {
    let picture = try picture(bytes)
    try requireRoom(for: picture, in: number)
    try putOnChip(picture, for: number)
    slots[number] = Slot(picture: picture)
    onChip = number
    return picture.hash
  }

  private func putOnChip(_ picture: Picture, for number: Int) throws(ChipError) {
    if onChip != number { try putAside() }
    guard let current = onChip.flatMap({ slots[$0] }), current.picture.hash == picture.hash,
      let initial = current.picture.initial
    else {
      // A refused image leaves the chip as it was.
      return try chip.load(picture.image)
    }
    picture.initial = initial
    if isStale || current.isTouched || current.state.map({ $0 != initial }) ?? false {
      try chip.restore(initial)
    }
  }

  /// Puts an image and its state into a slot; the chip takes them when they are needed.
  func restore(_ number: Int, _ stored: StoredImage) throws {
    let picture = try picture(stored.bytes)
    try requireRoom(for: picture, in: number)
    let state: ChipState?
    do throws(ChipStateFormatError) {
      state = try stored.state.map { bytes throws(ChipStateFormatError) in
        try ChipState(decoding: bytes)
      }
    } catch { throw WireError(.chipRefused, error.description, field: "state") }
    if onChip == number { onChip = nil }
    slots[number] = Slot(picture: picture, state: state)
  }

  /// Decodes an image, unless another slot has it.
  private func picture(_ bytes: [UInt8]) throws(WireError) -> Picture {
    let hash = ContentHash.hexadecimal(of: bytes)
    if let known = slots.values.first(where: { $0.picture.hash == hash }) { return known.picture }
    do throws(ImageFormatError) {
      return Picture(hash: hash, image: try ChipImage(decoding: bytes, spec: spec))
    } catch { throw WireError(.chipRefused, error.description, field: "image") }
  }

  private func requireRoom(for picture: Picture, in number: Int) throws(WireError) {
    let others = slots.filter { $0.key != number }
    guard others.count < limits.slots else {
      throw WireError(
        .tooLarge, "the chip's worker holds as many images as it may; close a session",
        field: "image", limit: limits.slots, actual: others.count + 1)
    }
    // Each slot may come to hold a state as large as its image.
    let bytes = others.values.reduce(2 * picture.image.footprint) {
      $0 + 2 * $1.picture.image.footprint
    }
    guard bytes <= limits.slotBytes else {
      throw WireError(
        .tooLarge, "the images on the chip's worker are too large together; close a session",
        field: "image", limit: limits.slotBytes, actual: bytes)
    }
  }

  /// Forgets a slot.
  func forget(_ number: Int) {
    slots[number] = nil
    if onChip == number { onChip = nil }
  }

  /// The image of a slot as it was loaded.
  func image(_ number: Int) throws(ChipError) -> ChipImage {
    guard let slot = slots[number] else { throw .noImage }
    return slot.picture.image
  }

  /// Whether the image of a slot has learning rules.
  func learns(_ number: Int) -> Bool { slots[number]?.picture.learns ?? false }

  /// How fast the slot's image runs.
  func pace(_ number: Int) -> SlicePace { slots[number]?.pace ?? SlicePace() }

  /// Notes it.
  func setPace(_ number: Int, _ pace: SlicePace) { slots[number]?.pace = pace }

  // MARK: Swapping

  /// Brings a slot onto the chip.
  func bring(_ number: Int) throws(ChipError) {
    guard let slot = slots[number] else { throw .noImage }
    guard onChip != number || isStale else { return }
    try putAside()
    if try exchange(slot) {
      onChip = number
      return
    }
    onChip = nil
    try chip.load(slot.picture.image)
    if let state = slot.state { try chip.restore(state) }
    onChip = number
  }

  /// Changes the state alone where the slot's image is on the chip; false when a load is needed.
  private func exchange(_ slot: Slot) throws(ChipError) -> Bool {
    guard let current = onChip.flatMap({ slots[$0] }), current.picture === slot.picture,
      let state = slot.state ?? slot.picture.initial
    else { return false }
    onChip = nil
    try chip.restore(state)
    return true
  }

  /// Keeps the state of the slot on the chip; the chip stays as it is.
  private func putAside() throws(ChipError) {
    guard let number = onChip, let slot = slots[number] else { return }
    guard slot.isTouched || slot.state == nil else { return }
    _ = try currentState(number)
  }

  /// Keeps the state of the slot on the chip, which may then be used for something else.
  func leaveChip() throws(ChipError) {
    try putAside()
    onChip = nil
  }

  // MARK: State

  /// The state of a slot now.
  func currentState(_ number: Int) throws(ChipError) -> ChipState {
    guard let slot = slots[number] else { throw .noImage }
    if let state = slot.state, !slot.isTouched { return state }
    if onChip != number { try bring(number) }
    let state = try chip.snapshot()
    if !slot.isTouched, slot.state == nil { slot.picture.initial = state }
    slots[number]?.state = state
    slots[number]?.isTouched = false
    return state
  }

  /// Puts a slot back to a state of it.
  ///
  /// The chip takes it when the slot is used next: on a large one that takes a second, for which who
  /// cancels does not wait, and which is saved where another slot comes first.
  func rollBack(_ number: Int, to state: ChipState) {
    guard let slot = slots[number], slot.isTouched || slot.state != state else { return }
    slots[number]?.state = state
    slots[number]?.isTouched = false
    if onChip == number { isStale = true }
  }

  /// Notes that the chip may have learned.
  func touch(_ number: Int) { slots[number]?.isTouched = true }

  /// Overwrites weights of a slot.
  func write(_ number: Int, _ weights: [WeightBlock]) throws(ChipError) {
    try bring(number)
    try chip.write(weights)
    if !weights.isEmpty { touch(number) }
  }

  /// The bytes of a slot's image with the weights that it has now.
  func imageBytes(_ number: Int) throws -> [UInt8] {
    let (state, image) = (try currentState(number), try image(number))
    let now = state.isInitial ? image : try state.applied(to: image, on: spec)
    do throws(ImageFormatError) {
      return try now.encoded(spec: spec)
    } catch { throw WireError(.chipRefused, error.description, field: "image") }
  }
}

extension ChipImage {
  /// About how many bytes the image takes in memory.
  fileprivate var footprint: Int {
    cores.reduce(1 << 12) { sum, core in
      var bytes = core.weights.count + 80 * core.circuits.count
      for block in core.plasticBlocks { bytes += 4 * block.pairCount * block.columnCount }
      if core.digital != nil { bytes += 1 << 18 }
      return sum + bytes
    }
  }
}
