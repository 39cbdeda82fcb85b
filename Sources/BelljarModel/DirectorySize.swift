/// How many bytes a directory's encoding has, known before it is made: whoever gathers a directory's members adds them up here,
/// and stops where nobody could read what would come of it.
package struct DirectorySize: Hashable, Sendable {
    package private(set) var bytes = 0

    package init() {}

    package init(of directory: Directory) {
        for file in directory.files { add(file.name, size: file.size, isExecutable: file.isExecutable) }
        for child in directory.directories { add(directoryNamed: child.name, size: child.tree.size) }
        for link in directory.symlinks { add(link.name, target: link.target) }
    }

    /// A file.
    package mutating func add(_ name: String, size: UInt64, isExecutable: Bool) {
        add(node: Self.text(name) + Self.digest(size) + (isExecutable ? 2 : 0))
    }

    /// A directory.
    ///
    /// - Parameter size: of its encoding; where that is not known yet, 0 gives no more than it will be.
    package mutating func add(directoryNamed name: String, size: UInt64 = 0) {
        add(node: Self.text(name) + Self.digest(size))
    }

    /// A link.
    package mutating func add(_ name: String, target: String) { add(node: Self.text(name) + Self.text(target)) }

    /// The answer of an error about a directory of so many bytes; nil if it can be read.
    package func objection(limit: Int = DirectoryCodec.sizeLimit) -> String? {
        guard bytes > limit else { return nil }
        return "limit of \(LimitName.text(UInt64(limit), .bytes)) for one directory's names and links was reached: "
            + "its encoding has \(bytes) bytes or more"
    }

    private mutating func add(node: Int) { bytes += Self.field(node) }

    private static func text(_ text: String) -> Int { text.utf8.isEmpty ? 0 : field(text.utf8.count) }

    /// The hexadecimal digits, and the size unless it is 0.
    private static func digest(_ size: UInt64) -> Int {
        field(field(64) + (size == 0 ? 0 : 1 + varint(size)))
    }

    /// All fields here have numbers of one byte.
    private static func field(_ count: Int) -> Int { 1 + varint(UInt64(count)) + count }

    private static func varint(_ number: UInt64) -> Int {
        max(1, (UInt64.bitWidth - number.leadingZeroBitCount + 6) / 7)
    }
}
