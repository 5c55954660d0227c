import ChipInterface
import HardwareSpec

/// A chip image on the wire: the bytes of its `.chip` file.
package enum ImageCoding {
  package static func encode(_ image: ChipImage, spec: ChipSpec) throws(WireError) -> [WireArray] {
    do {
      return [WireArray("image", try image.encoded(spec: spec))]
    } catch { throw WireError(.badPayload, error.description, field: "image") }
  }

  package static func decode(_ message: Message, spec: ChipSpec) throws(WireError) -> ChipImage {
    let bytes = try message.array("image", UInt8.self)
    do {
      return try ChipImage(decoding: bytes, spec: spec)
    } catch { throw WireError(.chipRefused, error.description, field: "image") }
  }
}
