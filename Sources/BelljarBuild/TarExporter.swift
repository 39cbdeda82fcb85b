internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
package import BelljarStore

/// Writes a build's outputs as a tar archive that has the same bytes wherever it is made: sorted paths, one time, owner 0.
///
/// The format is POSIX's pax interchange format (pax(1), "ustar Interchange Format" and "pax Interchange Format"), with an
/// extended header only where a path, a link's target or a size does not fit an ustar header. libarchive, which could write it
/// too, is linked into belljar-init alone.
package struct TarExporter {
    package typealias Sink = ([UInt8]) throws(BelljarError) -> Void

    private let store: Store
    private let time: UInt64

    private static let blockSize = 512
    /// Blocks of an archive come in records of twenty, the last one filled up.
    private static let recordSize = 20 * blockSize

    /// - Parameter time: of all files, seconds since 1970, below 2^33.
    package init(store: Store, time: UInt64) {
        self.store = store
        self.time = time
    }

    /// Bytes at the beginning of an archive that tell it from other files.
    package static let beginning = blockSize

    /// Whether a file that begins so is a tar archive (POSIX's `ustar` at its place), or one of nothing.
    package static func isBeginning(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= blockSize else { return false }
        return bytes[257..<262].elementsEqual("ustar".utf8) || bytes.prefix(blockSize).allSatisfy { $0 == 0 }
    }

    /// - Parameter sink: takes the archive's bytes, in their order.
    /// - Throws: `integrity` for a file that does not have its digest any more, and what the sink throws.
    package func export(_ tree: TreeDigest, to sink: Sink) throws(BelljarError) {
        var written = 0
        for entry in try store.entries(of: tree) {
            let header = Self.header(of: entry, time: time)
            try sink(header)
            written += header.count
            if case .file = entry.kind { written += try copy(entry, to: sink) }
        }
        let end = 2 * Self.blockSize
        let excess = (written + end) % Self.recordSize
        try sink([UInt8](repeating: 0, count: end + (excess == 0 ? 0 : Self.recordSize - excess)))
    }

    /// - Returns: how many bytes it took.
    private func copy(_ entry: TreeEntry, to sink: Sink) throws(BelljarError) -> Int {
        let file = try store.openHashed(entry.digest)
        let size = Int(clamping: entry.size)
        var left = size
        while left > 0 {
            let bytes = try hostCall("read", "blob \(entry.digest)") { () throws(KernelError) in
                try file.readSome(atMost: min(left, 1 << 20))
            }
            guard !bytes.isEmpty else {
                throw BelljarError(
                    .integrity, operation: "export", subject: PathText.shown(entry.path),
                    answer: "the tree says \(entry.size) bytes, and the content \(entry.digest) has fewer",
                    remedy: "run `belljar store fsck --repair`, then build again with --no-cache")
            }
            try sink(bytes)
            left -= bytes.count
        }
        let padding = Self.padding(after: size)
        if !padding.isEmpty { try sink(padding) }
        return size + padding.count
    }

    // MARK: Headers

    /// What stands in front of a file's content.
    static func header(of entry: TreeEntry, time: UInt64) -> [UInt8] {
        var path = PathText.raw(entry.path)
        let fields: (type: Character, mode: UInt64, size: UInt64, target: [UInt8])
        switch entry.kind {
        case .directory:
            path.append(UInt8(ascii: "/"))
            fields = ("5", 0o755, 0, [])
        case .file(let isExecutable): fields = ("0", isExecutable ? 0o755 : 0o644, entry.size, [])
        case .symlink(let target): fields = ("2", 0o777, 0, PathText.raw(target))
        }
        let (type, mode, size, target) = fields
        var records: [(key: String, value: [UInt8])] = []
        if path.count > nameSize { records.append(("path", path)) }
        if target.count > nameSize { records.append(("linkpath", target)) }
        if size >= sizeLimit { records.append(("size", Array(String(size).utf8))) }
        // Names are bytes; pax takes those in extended headers for UTF-8 if it is told nothing else.
        if records.contains(where: { String(validating: $0.value, as: UTF8.self) == nil }) {
            records.insert(("hdrcharset", Array("BINARY".utf8)), at: 0)
        }
        let plain = block(
            path, mode: mode, size: size < sizeLimit ? size : 0, time: time, type: type, target: target)
        guard !records.isEmpty else { return plain }
        let extended = records.flatMap { record($0.key, $0.value) }
        let name = Array("pax-header".utf8)
        return block(name, mode: 0o644, size: UInt64(extended.count), time: time, type: "x", target: [])
            + extended + padding(after: extended.count) + plain
    }

    private static let nameSize = 100
    /// Eleven octal digits.
    private static let sizeLimit: UInt64 = 1 << 33

    private static func block(
        _ path: [UInt8], mode: UInt64, size: UInt64, time: UInt64, type: Character, target: [UInt8]
    ) -> [UInt8] {
        let (before, after) = (
            text(path, nameSize) + octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(time, 12),
            Array(String(type).utf8) + text(target, nameSize) + text(Array("ustar".utf8), 6) + Array("00".utf8)
                + text(Array("root".utf8), 32) + text(Array("root".utf8), 32) + octal(0, 8) + octal(0, 8)
        )
        let rest = [UInt8](repeating: 0, count: blockSize - before.count - 8 - after.count)
        // The sum is of the header with blanks in place of the sum.
        let sum = (before + after).reduce(8 * UInt64(UInt8(ascii: " "))) { $0 + UInt64($1) }
        return before + octal(sum, 7) + [UInt8(ascii: " ")] + after + rest
    }

    /// One record of an extended header: its own length in decimal digits, a blank, key, equals sign, value, end of line.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let tail = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = tail.count
        while String(length).utf8.count + tail.count != length { length = String(length).utf8.count + tail.count }
        return Array(String(length).utf8) + tail
    }

    private static func text(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
        let kept = bytes.prefix(size)
        return kept + [UInt8](repeating: 0, count: size - kept.count)
    }

    /// Octal digits, with a NUL behind them.
    private static func octal(_ value: UInt64, _ size: Int) -> [UInt8] {
        let digits = String(value, radix: 8)
        return Array(String(repeating: "0", count: size - 1 - digits.utf8.count).utf8) + Array(digits.utf8) + [0]
    }

    private static func padding(after size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (blockSize - size % blockSize) % blockSize)
    }
}
