import CHDF5Shim

/// Says why an HDF5 file, or one object of it, could not be read or written.
package enum HDF5Error: Error, Equatable, Sendable {
  /// The file could not be opened; `code` is the system's error number.
  case cannotOpen(code: Int32)
  case notHDF5
  /// libhdf5 gave up, crashed or did not end at this object.
  case damaged(object: String)
  case refused(object: String, HDF5Refusal)
  /// The file could not be written; `code` is the system's error number, 0 for libhdf5's own.
  case cannotWrite(code: Int32)
}

/// Says why one object of a file was not read.
package enum HDF5Refusal: Equatable, Sendable {
  case damaged, link, external, tooLarge, tooMany, tooDeep, unknownType, badText
  case unknownFilter, leadsBack

  init(_ refusal: SynapusHDF5Refusal) {
    switch refusal {
    case SYNAPUS_HDF5_IS_LINK: self = .link
    case SYNAPUS_HDF5_IS_EXTERNAL: self = .external
    case SYNAPUS_HDF5_TOO_LARGE: self = .tooLarge
    case SYNAPUS_HDF5_TOO_MANY: self = .tooMany
    case SYNAPUS_HDF5_TOO_DEEP: self = .tooDeep
    case SYNAPUS_HDF5_UNKNOWN_TYPE: self = .unknownType
    case SYNAPUS_HDF5_UNKNOWN_FILTER: self = .unknownFilter
    case SYNAPUS_HDF5_LEADS_BACK: self = .leadsBack
    default: self = .damaged
    }
  }

  /// The reason as the rest of a sentence that begins with the object's path.
  package var reason: String {
    switch self {
    case .damaged: "is damaged or of a newer HDF5 format than libhdf5 knows here"
    case .link: "is a soft or external link, and only objects in the file itself are read"
    case .external: "keeps its values outside the file, which is not followed"
    case .tooLarge: "does not fit the memory allowed for one file"
    case .tooMany: "lies beyond the number of objects allowed in one file"
    case .tooDeep: "lies deeper than the groups allowed"
    case .leadsBack: "is a link that leads back to a group that it lies in"
    case .unknownFilter:
      "is compressed in a way that libhdf5 does not know here; gzip, shuffle and lzf are read"
    case .unknownType: "has a type other than float, integer, string or lists of numbers"
    case .badText: "holds text that is not UTF-8"
    }
  }
}
