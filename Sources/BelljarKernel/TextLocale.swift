internal import Glibc

/// What the C library takes the bytes of file names to be, for one thread and the time of one call.
///
/// Some C libraries (libarchive) convert names through the current locale. A process that has not called `setlocale`
/// is in the "C" locale, but nothing promises that no library calls it, so the calls that depend on it say what they
/// need. `uselocale` changes only the calling thread.
package enum TextLocale: Sendable {
    /// Bytes are bytes: what is not ASCII has no meaning and cannot be converted.
    case bytes
    /// UTF-8, by the C.UTF-8 locale that every Debian has (it is part of libc-bin).
    case utf8

    /// Runs `body` in this locale. If the locale is not on this machine, the thread's own stays in force.
    package func apply<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let made = self == .utf8 ? Self.cUTF8 : Self.c
        guard let locale = unsafe made.value else { return try body() }
        let previous = unsafe uselocale(locale)
        defer { _ = unsafe uselocale(previous) }
        return try body()
    }

    /// A locale object; read-only once it is made, and never freed.
    @safe private struct Made: @unchecked Sendable {
        let value: locale_t?

        init(_ name: String) {
            // LC_CTYPE is a category's number; newlocale wants a mask.
            unsafe value = newlocale(1 << LC_CTYPE, name, nil)
        }
    }

    /// Loads both now, for a process that will have no files later.
    package static func load() { unsafe _ = (c.value, cUTF8.value) }

    private static let c = Made("C")
    private static let cUTF8 = Made("C.UTF-8")
}
