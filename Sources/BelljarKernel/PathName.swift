/// A file name or path for the kernel: bytes without a NUL. Text where it is text, plain bytes where it comes from a
/// directory that somebody else filled.
package protocol PathName: Sendable {
    /// Calls `body` with the name as a C string; nil if the name holds a NUL, which the kernel would cut it at.
    func withPathPointer<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result?
    /// For error messages only.
    var displayName: String { get }
}

extension String: PathName {
    package func withPathPointer<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result? {
        guard !utf8.contains(0) else { return nil }
        return unsafe withCString { unsafe body($0) }
    }

    package var displayName: String { self }
}

extension [UInt8]: PathName {
    package func withPathPointer<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result? {
        guard !contains(0) else { return nil }
        // On the stack, because every name of a source comes by here.
        return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 1) { copy in
            let end = unsafe copy.initialize(fromContentsOf: self)
            unsafe copy.initializeElement(at: end, to: 0)
            return unsafe copy.withMemoryRebound(to: CChar.self) { characters in
                // The buffer holds at least the terminator, so it has a base address.
                unsafe characters.baseAddress.map { unsafe body($0) }
            }
        }
    }

    /// Bytes that are no UTF-8 appear as U+FFFD.
    package var displayName: String { String(decoding: self, as: UTF8.self) }
}
