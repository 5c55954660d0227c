import CZlib
import Foundation

/// Unpacks files of one gzip stream (RFC 1952).
package enum GzipFile {
  /// Reads and unpacks a file, to at most `limit` bytes.
  package static func read(_ file: String, limit: Int = 1 << 28) throws(DatasetError) -> [UInt8] {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe)
    } catch {
      throw .cannotOpen(file: file, code: Self.systemCode(of: error))
    }
    return try unpack(data, file: file, limit: limit)
  }

  private static func systemCode(of error: any Error) -> Int32 {
    let cocoa = error as NSError
    let below = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError
    if let below, below.domain == NSPOSIXErrorDomain { return Int32(below.code) }
    return cocoa.code == CocoaError.Code.fileReadNoPermission.rawValue ? EACCES : ENOENT
  }

  private static func unpack(
    _ data: Data, file: String, limit: Int
  ) throws(DatasetError) -> [UInt8] {
    var stream = z_stream()
    let gzipWindow: Int32 = 16 + MAX_WBITS
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, gzipWindow, zlibVersion(), size) == Z_OK else {
      throw .badGzip(file: file)
    }
    defer { inflateEnd(&stream) }
    var bytes: [UInt8] = []
    let status = data.withUnsafeBytes { inflateAll(&stream, $0, into: &bytes, limit: limit) }
    guard bytes.count <= limit else { throw .gzipTooLarge(file: file, limit: limit) }
    guard status == Z_STREAM_END else { throw .badGzip(file: file) }
    guard stream.avail_in == 0 else {
      throw .gzipTrailing(file: file, bytes: Int(stream.avail_in))
    }
    return bytes
  }

  /// Inflates block by block until the stream ends, fails or gives more than `limit` bytes.
  private static func inflateAll(
    _ stream: inout z_stream, _ input: UnsafeRawBufferPointer, into bytes: inout [UInt8],
    limit: Int
  ) -> Int32 {
    guard let count = UInt32(exactly: input.count), count > 0 else { return Z_DATA_ERROR }
    stream.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.avail_in = count
    var block = [UInt8](repeating: 0, count: 1 << 20)
    var status = Z_OK
    while status == Z_OK, bytes.count <= limit {
      status = block.withUnsafeMutableBufferPointer { buffer in
        (stream.next_out, stream.avail_out) = (buffer.baseAddress, UInt32(buffer.count))
        return inflate(&stream, Z_NO_FLUSH)
      }
      bytes += block[..<(block.count - Int(stream.avail_out))]
    }
    return status
  }
}
