internal import Glibc

/// An open file descriptor that is owned: closed exactly once, when the owner goes away.
package struct Descriptor: ~Copyable, Sendable {
    /// The number, for calls that only borrow it.
    package let number: Int32

    /// Takes ownership of an open descriptor.
    package init(owning number: Int32) { self.number = number }

    /// A negative number is no descriptor, AT_FDCWD of `workingDirectory` among them: an optimised build makes that value
    /// anew wherever it is used, and destroys it there.
    deinit {
        guard number >= 0 else { return }
        keepingErrorNumber { _ = Glibc.close(number) }
    }

    /// Gives up ownership without closing.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }
}
