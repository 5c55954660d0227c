/// What a session uploads piece by piece, before a request names it.
package struct UploadShelf: Sendable {
  /// Uploads of a session at a time.
  package static let mostUploads = 64
  /// Milliseconds after which one that nobody named is forgotten.
  package static let lifetime = 600_000

  private struct Upload: Sendable {
    let total: Int
    var received = 0
    var pieces: [Frame] = []
    var changedAt: Int
  }

  private var uploads: [String: Upload] = [:]
  /// Bytes that are here.
  package private(set) var bytes = 0
  /// Bytes that will be here when all uploads are complete.
  package private(set) var reserved = 0

  /// Makes an empty shelf.
  package init() {}

  /// Whether nothing is here.
  package var isEmpty: Bool { uploads.isEmpty }

  /// Whether an upload of that name has begun.
  package func has(_ name: String) -> Bool { uploads[name] != nil }

  /// Takes the next piece of an upload, and answers how much of it is here.
  ///
  /// The first piece takes the room of the whole upload, so that one that has begun can be ended.
  package mutating func take(
    _ piece: Piece, _ data: Frame, at now: Int
  ) throws(WireError) -> Int {
    var upload = uploads[piece.upload] ?? Upload(total: piece.total, changedAt: now)
    try check(piece, data, upload)
    if upload.received == 0 { reserved += upload.total }
    upload.pieces.append(data)
    upload.received += data.count
    upload.changedAt = now
    bytes += data.count
    uploads[piece.upload] = upload
    return upload.received
  }

  private func check(
    _ piece: Piece, _ data: Frame, _ upload: Upload
  ) throws(WireError) {
    guard upload.total == piece.total else {
      throw WireError(
        .badHeader, "the upload '\(piece.upload)' has another total", field: "total",
        limit: upload.total, actual: piece.total)
    }
    guard piece.offset == upload.received else {
      throw WireError(
        .badHeader, "the next piece of '\(piece.upload)' begins elsewhere", field: "offset",
        limit: upload.received, actual: piece.offset)
    }
    guard data.count > 0, data.count <= upload.total - upload.received else {
      throw WireError(
        .badPayload, "a piece must have bytes, and end within its upload", field: "data",
        limit: upload.total - upload.received, actual: data.count)
    }
    guard uploads[piece.upload] != nil || uploads.count < Self.mostUploads else {
      throw WireError(
        .tooLarge, "a session has up to \(Self.mostUploads) uploads at a time", field: "upload",
        limit: Self.mostUploads)
    }
  }

  /// Puts the uploads that a message names into it; they leave the shelf when all are complete.
  package mutating func attach(to message: inout Message) throws(WireError) -> Int {
    let missing = message.missingUploads
    for (name, size) in missing {
      guard let upload = uploads[name], upload.received == upload.total, upload.total == size
      else {
        throw WireError(
          .badPayload, "the upload '\(name)' is not here with all its bytes", field: name,
          limit: size, actual: uploads[name]?.received ?? 0)
      }
    }
    var attached = 0
    for (name, _) in missing {
      guard let upload = uploads.removeValue(forKey: name) else { continue }
      message.attach(upload: name, pieces: upload.pieces)
      attached += upload.received
    }
    bytes -= attached
    reserved -= attached
    return attached
  }

  /// Forgets uploads to which nothing came for long.
  package mutating func expire(at now: Int) {
    for (name, upload) in uploads where now - upload.changedAt > Self.lifetime {
      bytes -= upload.received
      reserved -= upload.total
      uploads[name] = nil
    }
  }
}
