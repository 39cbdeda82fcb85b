/// A message that is not what its sender should have sent.
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Offset in bytes at which reading failed.
    package var offset: Int
    package var problem: String

    package init(offset: Int, problem: String) {
        self.offset = offset
        self.problem = problem
    }

    package var description: String { "\(problem) at byte \(offset)" }
}

/// What goes over the wire: one list of its members, in their order, both writes and reads it.
protocol WireValue {
    /// What is read into; every member of it is.
    static var blank: Self { get }
    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure)
}

/// One end of the wire. The writer takes each value and leaves it as it is; the reader puts what has come into it.
protocol WireSide {
    associatedtype Failure: Error
    mutating func carry(_ value: inout some FixedWidthInteger) throws(Failure)
    mutating func carry(_ value: inout Bool) throws(Failure)
    mutating func carry(_ value: inout [UInt8]) throws(Failure)
    mutating func carry(_ value: inout String) throws(Failure)
    mutating func carry(_ list: inout [UInt32]) throws(Failure)
    mutating func carry<Element: WireValue>(_ list: inout [Element]) throws(Failure)
    /// Refuses what has come unless it is as it should be. What is written is.
    func expect(_ isGood: Bool, _ problem: @autoclosure () -> String) throws(Failure)
}

extension WireSide {
    mutating func carry(_ value: inout some WireValue) throws(Failure) { try value.carry(&self) }

    /// A value that may be missing.
    mutating func carry<Value: WireValue>(_ value: inout Value?) throws(Failure) {
        var isThere = value != nil
        try carry(&isThere)
        guard isThere else {
            value = nil
            return
        }
        var carried = value ?? Value.blank
        try carry(&carried)
        value = carried
    }
}

extension WireSide {
    /// What a value that travels by itself begins with.
    ///
    /// - Parameters:
    ///   - magic: four letters that tell it from everything else, little-endian.
    ///   - version: of its format.
    ///   - other: what is said of a message that begins otherwise.
    mutating func carryHead(magic: UInt32, version: UInt32, else other: @autoclosure () -> String) throws(Failure) {
        var (itsMagic, itsVersion) = (magic, version)
        try carry(&itsMagic)
        try expect(itsMagic == magic, other())
        try carry(&itsVersion)
        try expect(itsVersion == version, "plan of another version")
    }
}

extension WireValue {
    /// The bytes of a value that travels by itself.
    func whole() -> [UInt8] {
        var writer = WireWriter()
        writer.write(self)
        return writer.bytes
    }

    /// Reads what `whole` gave, and nothing may follow it.
    init(whole bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        self = try reader.value()
        try reader.expectEnd()
    }
}

extension String: WireValue {
    static var blank: String { "" }
    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) { try wire.carry(&self) }
}

extension [UInt8]: WireValue {
    static var blank: [UInt8] { [] }
    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) { try wire.carry(&self) }
}

extension WireWriter: WireSide {
    mutating func carry(_ value: inout some FixedWidthInteger) { write(value) }
    mutating func carry(_ value: inout Bool) { write(value) }
    mutating func carry(_ value: inout [UInt8]) { write(value) }
    mutating func carry(_ value: inout String) { write(value) }
    mutating func carry(_ list: inout [UInt32]) { write(list) { $0.write($1) } }
    mutating func carry<Element: WireValue>(_ list: inout [Element]) {
        write(UInt32(list.count))
        for index in list.indices { list[index].carry(&self) }
    }
    func expect(_ isGood: Bool, _ problem: @autoclosure () -> String) { precondition(isGood, problem()) }

    mutating func write(_ value: some WireValue) {
        var copy = value
        copy.carry(&self)
    }
}

extension WireReader: WireSide {
    mutating func carry<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError) {
        value = try integer(Value.self)
    }
    mutating func carry(_ value: inout Bool) throws(WireError) { value = try flag() }
    mutating func carry(_ value: inout [UInt8]) throws(WireError) { value = try blob() }
    mutating func carry(_ value: inout String) throws(WireError) { value = try string() }
    mutating func carry(_ list: inout [UInt32]) throws(WireError) {
        list = try self.list { (reader) throws(WireError) in try reader.integer(UInt32.self) }
    }
    mutating func carry<Element: WireValue>(_ list: inout [Element]) throws(WireError) {
        list = try self.list { (reader) throws(WireError) in try reader.value() }
    }
    func expect(_ isGood: Bool, _ problem: @autoclosure () -> String) throws(WireError) {
        guard isGood else { throw failure(problem()) }
    }

    mutating func value<Value: WireValue>(_ type: Value.Type = Value.self) throws(WireError) -> Value {
        var value = Value.blank
        try value.carry(&self)
        return value
    }
}

/// Writes integers little-endian and everything else with a 32-bit count before it.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<(value.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func write(_ value: Bool) { write(UInt8(value ? 1 : 0)) }

    mutating func write(_ value: [UInt8]) {
        write(UInt32(value.count))
        bytes += value
    }

    mutating func write(_ value: String) { write(Array(value.utf8)) }

    mutating func write<Element>(_ list: [Element], _ element: (inout WireWriter, Element) -> Void) {
        write(UInt32(list.count))
        for item in list { element(&self, item) }
    }
}

/// Reads what `WireWriter` wrote; everything is checked against the bytes that are really there.
struct WireReader {
    private let bytes: [UInt8]
    /// Where the message is in `bytes`, and how far it has been read.
    private let start: Int
    private let end: Int
    private var offset: Int

    init(_ bytes: [UInt8]) { self.init(bytes, in: 0..<bytes.count) }

    /// Reads a message that lies among others, where it lies.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        start = range.lowerBound
        end = range.upperBound
        offset = start
    }

    func failure(_ problem: String) -> WireError { WireError(offset: offset - start, problem: problem) }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(WireError) -> Value {
        let width = type.bitWidth / 8
        guard end - offset >= width else { throw failure("truncated integer") }
        var value: Value = 0
        for index in (0..<width).reversed() {
            value = value << 8 | Value(truncatingIfNeeded: bytes[offset + index])
        }
        offset += width
        return value
    }

    mutating func flag() throws(WireError) -> Bool {
        switch try integer(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw failure("a flag that is neither 0 nor 1")
        }
    }

    mutating func blob() throws(WireError) -> [UInt8] {
        let count = Int(try integer(UInt32.self))
        guard end - offset >= count else { throw failure("truncated bytes") }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    mutating func string() throws(WireError) -> String {
        let begin = offset
        guard let text = String(validating: try blob(), as: UTF8.self) else {
            throw WireError(offset: begin - start, problem: "text that is not UTF-8")
        }
        return text
    }

    /// A list whose elements take at least one byte each, which bounds its length by the bytes that are there.
    mutating func list<Element>(
        _ element: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        let count = Int(try integer(UInt32.self))
        guard count <= end - offset else { throw failure("a list longer than the message") }
        var list: [Element] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try element(&self)) }
        return list
    }

    func expectEnd() throws(WireError) {
        guard offset == end else { throw failure("trailing bytes") }
    }
}
