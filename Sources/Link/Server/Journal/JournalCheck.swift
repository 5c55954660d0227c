import Foundation
import GRDB

/// The checks of a file before it is used; they change nothing, so that a damaged file stays as
/// it is.
struct JournalCheck {
  private let folder: JournalFolder
  private let schema: JournalSchema

  init(_ folder: JournalFolder, _ schema: JournalSchema) {
    (self.folder, self.schema) = (folder, schema)
  }

  /// Proves structure, definitions, references and sums.
  func run() throws {
    try JournalLog(path: folder.file + "-wal").check()
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: folder.file, configuration: configuration)
    try queue.read { db in
      let version = try schema.version(of: db)
      try checkStructure(db)
      guard try JournalSchema.definitions(db) == schema.definitions(version: version) else {
        throw JournalFault.damaged("its tables are not those of version \(version)")
      }
      if let broken = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
        let table: String = broken["table"]
        throw JournalFault.damaged("a row of \(table) refers to nothing")
      }
      _ = try JournalReader(db).recovered()
    }
    try queue.close()
  }

  private func checkStructure(_ db: Database) throws {
    let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
    // Only while a log is being put into the file may its last page be unfinished.
    guard folder.logBytes > 0 || folder.fileBytes % page == 0 else {
      throw JournalFault.damaged("its last page was cut")
    }
    let isSmall = folder.fileBytes <= JournalStore.mostForFullCheck
    let check = isSmall ? "integrity_check" : "quick_check"
    let findings = try String.fetchAll(db, sql: "PRAGMA \(check)(1)")
    guard findings == ["ok"] else {
      throw JournalFault.damaged(findings.first ?? "it could not be checked")
    }
  }
}
