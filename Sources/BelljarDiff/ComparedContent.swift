package import BelljarKernel
package import BelljarModel

/// Bytes that are compared: a stretch of an open file, or some that are at hand. What is read is never more than asked for.
package final class ComparedContent: Sendable {
    /// An open file that several stretches share.
    final class OpenFile: Sendable {
        let descriptor: Descriptor
        let name: String

        init(_ descriptor: consuming Descriptor, name: String) {
            self.descriptor = descriptor
            self.name = name
        }
    }

    private enum Place {
        case file(OpenFile, start: UInt64)
        case memory([UInt8])
    }

    private let place: Place
    /// In bytes.
    package let count: UInt64

    /// All of an open file.
    ///
    /// - Parameter name: what it is called in messages.
    package init(_ descriptor: consuming Descriptor, name: String) throws(BelljarError) {
        let size: UInt64
        do throws(KernelError) { size = try descriptor.status().size } catch {
            throw BelljarError(.host, operation: "read", subject: name, answer: "\(error.call): \(error.answer)")
        }
        count = size
        place = .file(OpenFile(descriptor, name: name), start: 0)
    }

    package init(_ bytes: [UInt8]) {
        count = UInt64(bytes.count)
        place = .memory(bytes)
    }

    init(_ file: OpenFile, from start: UInt64, count: UInt64) {
        self.count = count
        place = .file(file, start: start)
    }

    /// A stretch of it, as far as it goes.
    func part(from offset: UInt64, count length: UInt64) -> ComparedContent {
        let offset = min(offset, count)
        let length = min(length, count - offset)
        switch place {
        case .file(let file, let start): return ComparedContent(file, from: start + offset, count: length)
        case .memory(let bytes): return ComparedContent(Array(bytes[Int(offset)..<Int(offset + length)]))
        }
    }

    /// So many bytes from an offset on, fewer only where it ends.
    func bytes(from offset: UInt64, count length: Int) throws(BelljarError) -> [UInt8] {
        guard offset < count, length > 0 else { return [] }
        let length = Int(min(UInt64(length), count - offset))
        switch place {
        case .memory(let bytes): return Array(bytes[Int(offset)..<Int(offset) + length])
        case .file(let file, let start): return try Self.read(file, length, at: start + offset)
        }
    }

    private static func read(_ file: OpenFile, _ length: Int, at offset: UInt64) throws(BelljarError) -> [UInt8] {
        var failure: KernelError?
        var found = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { room, initialized in
            let room = UnsafeMutableRawBufferPointer(room)
            do throws(KernelError) {
                while found < length {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[found..<length])
                    let more = try unsafe file.descriptor.read(into: rest, at: offset + UInt64(found))
                    if more == 0 { break }
                    found += more
                }
            } catch { failure = error }
            initialized = found
        }
        if let failure {
            throw BelljarError(
                .host, operation: "read", subject: file.name, answer: "\(failure.call): \(failure.answer)")
        }
        guard found == length else {
            throw BelljarError(
                .host, operation: "read", subject: file.name, answer: "it became shorter while it was read",
                remedy: "compare what nobody changes meanwhile")
        }
        return bytes
    }

    /// All of it; nil if it has more bytes than that.
    func all(limit: Int) throws(BelljarError) -> [UInt8]? {
        count <= UInt64(limit) ? try bytes(from: 0, count: Int(count)) : nil
    }

    /// The file, if this is all of one.
    var wholeFile: OpenFile? {
        guard case .file(let file, let start) = place, start == 0,
            let size = try? file.descriptor.status().size, size == count
        else { return nil }
        return file
    }

    /// How much is read at once: larger pieces gain nothing.
    static let pieceSize = 1 << 18
}

/// Two contents that are compared.
final class ContentPair {
    let first: ComparedContent
    let second: ComparedContent
    /// Without folders; says of some formats what they are.
    let name: String
    private let check: () throws(BelljarError) -> Void
    private var knownPrefix: UInt64?
    private var knownSuffix: UInt64?

    /// - Parameter check: called between pieces; ends the reading by what it throws.
    init(
        _ first: ComparedContent, _ second: ComparedContent, name: String,
        check: @escaping () throws(BelljarError) -> Void
    ) {
        self.first = first
        self.second = second
        self.name = name
        self.check = check
    }

    var shorter: UInt64 { min(first.count, second.count) }

    /// Bytes at the beginning that are the same.
    func prefix() throws(BelljarError) -> UInt64 {
        if let knownPrefix { return knownPrefix }
        var position: UInt64 = 0
        while position < shorter {
            try check()
            let length = Int(min(UInt64(ComparedContent.pieceSize), shorter - position))
            let one = try first.bytes(from: position, count: length)
            let other = try second.bytes(from: position, count: length)
            if one != other {
                position += UInt64(one.firstMismatch(other))
                break
            }
            position += UInt64(length)
        }
        knownPrefix = position
        return position
    }

    /// Bytes at the end that are the same, none of which is in the prefix.
    func suffix() throws(BelljarError) -> UInt64 {
        if let knownSuffix { return knownSuffix }
        let most = shorter - (try prefix())
        var found: UInt64 = 0
        while found < most {
            try check()
            let length = Int(min(UInt64(ComparedContent.pieceSize), most - found))
            let one = try first.bytes(from: first.count - found - UInt64(length), count: length)
            let other = try second.bytes(from: second.count - found - UInt64(length), count: length)
            if one != other {
                found += UInt64(zip(one.reversed(), other.reversed()).prefix { $0 == $1 }.count)
                break
            }
            found += UInt64(length)
        }
        knownSuffix = found
        return found
    }

    func isSame() throws(BelljarError) -> Bool {
        guard first.count == second.count else { return false }
        return try prefix() == first.count
    }
}

extension [UInt8] {
    /// Where the first byte stands that another of the same length does not have there.
    fileprivate func firstMismatch(_ other: [UInt8]) -> Int {
        var low = 0
        // By halves first: whole stretches are compared at once.
        var length = count
        while length > 64 {
            let half = length / 2
            if self[low..<low + half] == other[low..<low + half] { low += half } else { length = half; continue }
            length -= half
        }
        return (low..<low + length).first { self[$0] != other[$0] } ?? count
    }

    /// A number of so many bytes from an index on, the least significant first; nil where it does not fit.
    func littleEndian(_ index: Int, _ size: Int) -> UInt64? {
        guard index >= 0, size <= 8, index <= count - size else { return nil }
        return self[index..<index + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func bigEndian(_ index: Int, _ size: Int) -> UInt64? {
        guard index >= 0, size <= 8, index <= count - size else { return nil }
        return self[index..<index + size].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
